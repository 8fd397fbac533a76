import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import http2 from 'node:http2';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { CONNECTION_WINDOW, createInjectorWithWindows, STREAM_WINDOW } from '../../src/rpc/server-window.ts';
import { openRpcNode } from '../support/rpc-node.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const INITIAL_WINDOW_SIZE = 4;
const MAX_CONCURRENT_STREAMS = 3;
/** What every connection has before any update. @see RFC 9113, section 6.9.2 */
const DEFAULT_WINDOW = 65_535;

interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Reads the frames that a server sends first, until `isEnough`. */
async function firstFrames(address: string, isEnough: (frames: Frame[]) => boolean): Promise<Frame[]> {
  const [host, port] = address.split(':');
  const socket: Socket = connect(Number(port), host);
  socket.write(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS]));
  const frames: Frame[] = [];
  let left: Buffer = Buffer.alloc(0);
  for await (const data of socket) {
    left = Buffer.concat([left, data]);
    while (left.length >= 9 && left.length >= 9 + left.readUIntBE(0, 3)) {
      const end = 9 + left.readUIntBE(0, 3);
      frames.push({ type: left[3] ?? 0, stream: left.readUInt32BE(5), payload: left.subarray(9, end) });
      left = left.subarray(end);
    }
    if (isEnough(frames)) return frames; // leaving the loop closes the socket
  }
  throw new Error(`the server closed after ${frames.length} frames`);
}

function settingsOf({ payload }: Frame): Map<number, number> {
  const entries = Array.from({ length: payload.length / 6 }, (_, i): [number, number] => [
    payload.readUInt16BE(6 * i),
    payload.readUInt32BE(6 * i + 2),
  ]);
  return new Map(entries);
}

test('the first frames of a server open 4 MiB for each stream and 8 MiB for the connection', {
  timeout: 20_000,
}, async () => {
  await using node = await openRpcNode();
  const isWindow = ({ type, stream }: Frame): boolean => type === WINDOW_UPDATE && stream === 0;
  const frames = await firstFrames(node.server.address, (found) => found.some(isWindow));
  const settings = frames.find(({ type, payload }) => type === SETTINGS && payload.length > 0);
  assert.ok(settings !== undefined);
  assert.equal(settingsOf(settings).get(INITIAL_WINDOW_SIZE), STREAM_WINDOW);
  assert.equal(settingsOf(settings).get(MAX_CONCURRENT_STREAMS), 256);
  const added = frames.filter(isWindow).reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
  assert.equal(DEFAULT_WINDOW + added, CONNECTION_WINDOW);
  assert.deepEqual([STREAM_WINDOW, CONNECTION_WINDOW], [4 * 2 ** 20, 8 * 2 ** 20]);
});

test('the original of http2.createServer is back, also after a failure', () => {
  const original = createRequire(import.meta.url)('node:http2').createServer;
  createInjectorWithWindows(new Server(), ServerCredentials.createInsecure()).destroy();
  assert.equal(http2.createServer, original);
  const server = new Server();
  server.createConnectionInjector = () => {
    throw new Error('no');
  };
  assert.throws(() => createInjectorWithWindows(server, ServerCredentials.createInsecure()), /no/);
  assert.equal(http2.createServer, original);
});

test('a grpc-js that makes its server another way is noticed', () => {
  const server = new Server();
  const injector = { injectConnection() {}, drain() {}, destroy() {} };
  server.createConnectionInjector = () => injector;
  assert.throws(() => createInjectorWithWindows(server, ServerCredentials.createInsecure()), {
    code: 'PROVENDER_CONFIG',
  });
});

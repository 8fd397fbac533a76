import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import { test } from 'node:test';
import type { ObjectId } from '../../src/content/object-id.ts';
import { SetFileRequest } from '../../src/generated/provender/v1/file_service.ts';
import { PIECE_SIZE } from '../../src/rpc/methods.ts';
import { SEND_AHEAD } from '../../src/rpc/send-messages.ts';
import { STREAM_WINDOW } from '../../src/rpc/server-window.ts';
import { READ_AHEAD } from '../../src/rpc/stalled-stream.ts';
import { RawClient } from '../support/rpc-raw-client.ts';
import type { MemoryShares } from '../support/rpc-memory-shares.ts';
import { eventually, openRpcNode, untilAborted } from '../support/rpc-node.ts';

const MIB = 2 ** 20;
const file = randomBytes(32 * MIB);

/** Puts the file in behind the server: short idle limits are for what is tested. */
async function hold(shares: MemoryShares): Promise<ObjectId> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield file;
  }
  return (await shares.setFile({ sizeBytes: file.length }, source())).stat.id;
}

/** Waits until a figure has been the same for many turns of the event loop, and gives it. */
async function settled(figure: () => number): Promise<number> {
  let same = 0;
  let last = figure();
  await eventually('a figure that stays', () => {
    same = figure() === last && last > 0 ? same + 1 : 0;
    last = figure();
    return same > 40;
  });
  return last;
}

/** Asks for a file over bare HTTP/2 and reads nothing of the answer. */
function stalledGet(session: http2.ClientHttp2Session, id: Uint8Array): http2.ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/provender.v1.FileService/GetFile',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => undefined);
  stream.pause();
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 34, 0x0a, 32]), id]));
  return stream;
}

test('a reader that does not read has few pieces read for it, and is let go after the idle limit', async () => {
  await using node = await openRpcNode({ limits: { idleMs: 300 } });
  const id = await hold(node.shares);
  let pieces = 0;
  node.shares.onPiece = () => {
    pieces++;
  };
  const session = http2.connect(`http://${node.server.address}`);
  session.on('error', () => undefined);
  const streams = Array.from({ length: 16 }, () => stalledGet(session, id));
  const closed = streams.map((stream) => once(stream, 'close'));
  await Promise.all(closed);
  // each call holds what waits in its queue, one piece at the transport and one being given
  assert.ok(pieces <= streams.length * (SEND_AHEAD + 2), `${pieces} pieces for ${streams.length} readers`);
  assert.deepEqual(
    streams.map(({ rstCode }) => rstCode),
    streams.map(() => http2.constants.NGHTTP2_CANCEL),
  );
  await eventually('no call runs', () => node.server.runningCalls === 0);
  session.destroy();
});

test('a slow reader that goes on reading gets the whole file, however long it takes', async () => {
  await using node = await openRpcNode({ limits: { idleMs: 1000 } });
  const id = await hold(node.shares);
  const startedAt = performance.now();
  const { data } = await node.client.getFile(id);
  let length = 0;
  for await (const piece of data) {
    length += piece.length;
    if (length < 24 * PIECE_SIZE) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(length, file.length);
  assert.ok(performance.now() - startedAt > 1000, 'it took longer than the idle limit');
});

test('a service that does not take bytes holds its sender back', async () => {
  await using node = await openRpcNode();
  let read = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const setFile = node.shares.setFile.bind(node.shares);
  node.shares.setFile = (declared, source, options) => {
    async function* held(): AsyncGenerator<Uint8Array> {
      for await (const piece of source) {
        read++;
        yield piece;
        await opened;
      }
    }
    return setFile(declared, held(), options);
  };
  let sent = 0;
  const call = node.client.setFile({ sizeBytes: file.length }, [file], {
    onProgress: (bytes) => {
      sent = bytes;
    },
  });
  await settled(() => sent);
  assert.equal(read, 1);
  const messages = READ_AHEAD + SEND_AHEAD + 4;
  assert.ok(sent <= STREAM_WINDOW + messages * PIECE_SIZE, `${sent} bytes went out and wait somewhere`);
  open();
  assert.equal((await call).stat.sizeBytes, file.length);
});

test('a sender that stops sending is told so after the idle limit', async () => {
  await using node = await openRpcNode({ limits: { idleMs: 200 } });
  using raw = new RawClient(node.server.address);
  const header = SetFileRequest.encode(SetFileRequest.fromPartial({ header: { sizeBytes: 10n } })).finish();
  for (const messages of [[], [header], [header, Uint8Array.of(0x12, 1, 7)]]) {
    const { error, isOurs } = await raw.upload('FileService/SetFile', messages, true);
    assert.equal(error?.code, 'PROVENDER_TIMEOUT');
    assert.match(error.message, /the sender: no progress for 200 ms/);
    assert.ok(isOurs);
  }
  await eventually('no call runs', () => node.server.runningCalls === 0);
});

test('a node that stands still is left by the client after the idle limit', async () => {
  await using node = await openRpcNode({}, { idleMs: 200 });
  const { client } = node;
  const id = await hold(node.shares);
  let ended = 0;
  node.shares.gate = (signal) =>
    untilAborted(signal).finally(() => {
      ended++;
    });
  await assert.rejects(client.getFile(id), { code: 'PROVENDER_TIMEOUT' });
  await assert.rejects(client.setFile({ sizeBytes: file.length }, [file]), { code: 'PROVENDER_TIMEOUT' });
  await assert.rejects(client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]), { code: 'PROVENDER_AMBIGUOUS' });
  await eventually('the server knows', () => ended >= 3 && node.server.runningCalls === 0);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { PIECE_SIZE } from '../../src/rpc/methods.ts';
import { SEND_AHEAD } from '../../src/rpc/send-messages.ts';
import { CONNECTION_WINDOW, STREAM_WINDOW } from '../../src/rpc/server-window.ts';
import { READ_AHEAD } from '../../src/rpc/stalled-stream.ts';
import { eventually } from '../support/rpc-node.ts';
import { openPki, openTlsNode } from '../support/tls-node.ts';

const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());
const ca = await readFile(pki.ca.certFile);
const file = randomBytes(32 * 2 ** 20);

test('the windows of a TLS connection are those of a plain one', async () => {
  await using node = await openTlsNode(pki);
  const session = http2.connect(`https://${node.server.address}`, { ca });
  const [settings] = await once(session, 'remoteSettings');
  assert.equal(settings.initialWindowSize, STREAM_WINDOW);
  await eventually(
    'the window of the connection',
    () => session.state.remoteWindowSize === CONNECTION_WINDOW,
  );
  session.destroy();
});

test('a reader that does not read has few pieces read for it, and is let go after the idle limit', async () => {
  await using node = await openTlsNode(pki, { limits: { idleMs: 300 } });
  const { stat } = await node.client.setFile({ sizeBytes: file.length }, [file]);
  let pieces = 0;
  node.shares.onPiece = () => {
    pieces++;
  };
  const session = http2.connect(`https://${node.server.address}`, { ca });
  const streams = Array.from({ length: 8 }, () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/provender.v1.FileService/GetFile',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => undefined).pause();
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 34, 0x0a, 32]), stat.id]));
    return stream;
  });
  await Promise.all(streams.map((stream) => once(stream, 'close')));
  assert.ok(pieces <= streams.length * (SEND_AHEAD + 2), `${pieces} pieces for ${streams.length} readers`);
  await eventually('no call runs', () => node.server.runningCalls === 0);
  session.destroy();
});

test('a service that does not take bytes holds its sender back', async () => {
  await using node = await openTlsNode(pki, {}, { channels: 1 });
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const setFile = node.shares.setFile.bind(node.shares);
  node.shares.setFile = (declared, source, options) => {
    async function* held(): AsyncGenerator<Uint8Array> {
      for await (const piece of source) {
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
  let same = 0;
  let last = 0;
  await eventually('it stands still', () => {
    same = sent === last && sent > 0 ? same + 1 : 0;
    last = sent;
    return same > 40;
  });
  const messages = READ_AHEAD + SEND_AHEAD + 4;
  assert.ok(sent <= STREAM_WINDOW + messages * PIECE_SIZE, `${sent} bytes went out and wait somewhere`);
  open();
  assert.equal((await call).stat.sizeBytes, file.length);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { OBJECT_KIND } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { statToWire } from '../../src/rpc/wire-shapes.ts';
import { openCutProxy } from '../support/rpc-cut-proxy.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { openRpcNode } from '../support/rpc-node.ts';
import { openScriptedServer, type Script } from '../support/rpc-scripted-server.ts';

async function joined(data: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a connection that breaks anywhere in a stream is an error and never an end', async () => {
  await using node = await openRpcNode();
  const file = randomBytes(3_000_000);
  const { stat } = await node.client.setFile({ sizeBytes: file.length }, [file]);
  const chunks = Array.from({ length: 300 }, () => randomBytes(4096));
  const collection = (await node.client.setShares(chunks)).stat.id;
  await using proxy = await openCutProxy(node.server.address);
  for (const cut of [1, 60, 300, 20_000, 262_144, 1_000_000, 2_999_000]) {
    proxy.cutAfter = cut;
    await using client = await ProvenderClient.open({ address: proxy.address, channels: 1, timeoutMs: 2000 });
    const get = async (): Promise<Buffer> => joined((await client.getFile(stat.id)).data);
    await assert.rejects(get(), { code: 'PROVENDER_UNAVAILABLE' }, `cut after ${cut}`);
    const read = async (): Promise<void> => {
      for await (const items of client.readShares({ collection, first: 0 })) assert.ok(items.length > 0);
    };
    if (cut < 1_000_000) await assert.rejects(read(), { code: 'PROVENDER_UNAVAILABLE' }, `cut after ${cut}`);
  }
  proxy.cutAfter = Number.POSITIVE_INFINITY;
  await using client = await ProvenderClient.open({ address: proxy.address });
  assert.deepEqual(await joined((await client.getFile(stat.id)).data), file);
});

test('a connection that breaks while a file is sent is an error, and nothing stays', async () => {
  await using node = await openRpcNode();
  await using proxy = await openCutProxy(node.server.address);
  proxy.cutAfter = 200;
  await using client = await ProvenderClient.open({ address: proxy.address, channels: 1 });
  const file = randomBytes(2_000_000);
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield file;
  }
  await assert.rejects(client.setFile({ sizeBytes: 2 ** 36 }, endless()), { code: 'PROVENDER_UNAVAILABLE' });
  assert.deepEqual((await node.client.listFiles()).shares, []);
});

const bytes = Buffer.from('the bytes of a file');
const id = idOf(OBJECT_KIND.file, bytes);
const stat = {
  id,
  kind: OBJECT_KIND.file,
  sizeBytes: bytes.length,
  count: 1,
  profile: 0,
  storedBytes: 5,
  commitment: bytes,
};
const head = { share: statToWire(stat), offset: 0n, length: BigInt(bytes.length) };
const summary = { sizeBytes: BigInt(bytes.length) };

const brokenFiles: Record<string, NonNullable<Script['file']>> = {
  'no message': () => [],
  'data first': () => [{ data: bytes }, { summary }],
  'a head without a share': () => [{ head: { ...head, share: undefined } }, { data: bytes }, { summary }],
  'no summary': () => [{ head }, { data: bytes }],
  'fewer bytes': () => [{ head }, { data: bytes.subarray(1) }, { summary }],
  'fewer bytes, and a summary that admits it': () => [
    { head },
    { data: bytes.subarray(1) },
    { summary: { sizeBytes: BigInt(bytes.length - 1) } },
  ],
  'more bytes': () => [{ head }, { data: bytes }, { data: bytes.subarray(0, 1) }, { summary }],
  'another count': () => [{ head }, { data: bytes }, { summary: { sizeBytes: 1n } }],
  'bytes after the summary': () => [{ head }, { data: bytes }, { summary }, { data: bytes }],
  'two heads': () => [{ head }, { head }, { data: bytes }, { summary }],
  'other bytes': () => [{ head }, { data: Buffer.from(bytes).fill('x', 0, 1) }, { summary }],
};

test('a node whose stream of a file is not exactly one is not believed', async () => {
  for (const [what, file] of Object.entries(brokenFiles)) {
    using server = await openScriptedServer({ file });
    await using client = await ProvenderClient.open({ address: server.address });
    const get = async (): Promise<Buffer> => joined((await client.getFile(id)).data);
    await assert.rejects(get(), { code: 'PROVENDER_CORRUPT' }, what);
  }
  using server = await openScriptedServer({ file: () => [{ head }, { data: bytes }, { summary }] });
  await using client = await ProvenderClient.open({ address: server.address });
  assert.deepEqual(await joined((await client.getFile(id)).data), bytes);
});

test('a node whose chunks are not those asked for is not believed', async () => {
  const chunk = Buffer.from('chunk');
  const other = Buffer.from('other');
  const chunkId = Buffer.from(idOf(OBJECT_KIND.chunk, chunk));
  const right = { objectId: chunkId, data: chunk, error: undefined };
  const whole = { items: 1, sizeBytes: 5n };
  const answers: Record<string, Script> = {
    'other bytes': {
      chunk: () => ({ data: other }),
      batch: () => ({ items: [{ ...right, data: other }] }),
      chunks: () => [{ items: [{ ...right, data: other }] }, { summary: whole }],
    },
    'another id': {
      batch: () => ({
        items: [{ ...right, objectId: Buffer.from(idOf(OBJECT_KIND.chunk, other)), data: other }],
      }),
      chunks: () => [
        { items: [{ ...right, objectId: Buffer.from(idOf(OBJECT_KIND.chunk, other)), data: other }] },
        { summary: whole },
      ],
    },
    'no items': { batch: () => ({ items: [] }), chunks: () => [{ summary: { items: 0, sizeBytes: 0n } }] },
    'too many items': {
      batch: () => ({ items: [right, right] }),
      chunks: () => [{ items: [right, right] }, { summary: whole }],
    },
    'no summary': { chunks: () => [{ items: [right] }] },
    'a summary that does not fit': {
      chunks: () => [{ items: [right] }, { summary: { items: 2, sizeBytes: 5n } }],
    },
    'items after the summary': { chunks: () => [{ items: [right] }, { summary: whole }, { items: [right] }] },
  };
  const wanted = idOf(OBJECT_KIND.chunk, chunk);
  for (const [what, script] of Object.entries(answers)) {
    using server = await openScriptedServer(script);
    await using client = await ProvenderClient.open({ address: server.address });
    const isCorrupt = (error: unknown): boolean => isProvenderError(error, 'PROVENDER_CORRUPT');
    if (script.chunk !== undefined) await assert.rejects(client.getShare(wanted), isCorrupt, what);
    if (script.batch !== undefined) await assert.rejects(client.getShares([wanted]), isCorrupt, what);
    const read = async (): Promise<void> => {
      for await (const items of client.readShares({ ids: [wanted] })) assert.ok(items.length > 0);
    };
    await assert.rejects(read(), isCorrupt, what);
  }
});

test('without verification the node is believed, but not about counts', async () => {
  const script: Script = {
    chunk: () => ({ data: Buffer.from('x') }),
    file: () => [{ head }, { data: bytes.subarray(1) }, { summary }],
  };
  using server = await openScriptedServer(script);
  await using client = await ProvenderClient.open({ address: server.address });
  assert.deepEqual(
    [...(await client.getShare(idOf(OBJECT_KIND.chunk, bytes), { verify: false }))],
    [...Buffer.from('x')],
  );
  const { data } = await client.getFile(id, {}, { verify: false });
  await assert.rejects(joined(data), { code: 'PROVENDER_CORRUPT' });
});

test('a service that gives fewer bytes than it said does not make a whole stream', async () => {
  await using node = await openRpcNode();
  const file = randomBytes(600_000);
  const set = await node.client.setFile({ sizeBytes: file.length }, [file]);
  node.shares.falsify = (piece) => piece.subarray(1);
  const get = async (): Promise<Buffer> => joined((await node.client.getFile(set.stat.id)).data);
  await assert.rejects(get(), { code: 'PROVENDER_INTERNAL' });
  node.shares.falsify = (piece) => new Uint8Array(piece.length);
  await assert.rejects(get(), { code: 'PROVENDER_CORRUPT' });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { compareBytes, OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import { decodeCommitment, isSignedByStorer } from '../../src/proof/commitment.ts';
import { openShares } from '../support/open-shares.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { eventually, serveShares } from '../support/rpc-node.ts';

async function joined(data: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('files, chunks and collections of the real service keep their bytes and ids over the wire', async () => {
  await using opened = await openShares();
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const file = randomBytes(9_000_001);
  const set = await client.setFile({ sizeBytes: file.length, id: idOf(OBJECT_KIND.file, file) }, [file]);
  assert.equal(objectIdHex(set.stat.id), objectIdHex(idOf(OBJECT_KIND.file, file)));
  assert.ok(isSignedByStorer(set.stat.commitment));
  assert.equal(objectIdHex(decodeCommitment(set.stat.commitment).id), objectIdHex(set.stat.id));
  assert.deepEqual(await joined((await client.getFile(set.stat.id)).data), file);
  const part = await client.getFile(set.stat.id, { offset: 4_194_000, length: 5000 });
  assert.deepEqual(await joined(part.data), file.subarray(4_194_000, 4_199_000));

  const chunks = Array.from({ length: 200 }, () => randomBytes(1 + Math.floor(Math.random() * 4096)));
  const collection = await client.setShares(chunks);
  assert.equal(collection.stat.count, 200);
  const ids = chunks.map((chunk) => idOf(OBJECT_KIND.chunk, chunk)).sort(compareBytes);
  const found: string[] = [];
  for await (const items of client.readShares({ collection: collection.stat.id, first: 0 }))
    found.push(...items.map(({ id }) => objectIdHex(id)));
  assert.deepEqual(found, ids.map(objectIdHex));
  const [first] = ids;
  assert.ok(first !== undefined);
  const stat = await client.statShare(first);
  assert.deepEqual([stat.collection?.position, stat.storedBytes], [0, 0]);
  assert.equal(objectIdHex(stat.collection?.id ?? first), objectIdHex(collection.stat.id));
});

test('clients ask for profiles, and what is held in any profile is held', async () => {
  await using opened = await openShares({ profiles: { chunks: 1, files: 2 } });
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const content = randomBytes(5000);
  const chunks = Array.from({ length: 70 }, (_, i) => Buffer.concat([Buffer.from([i]), randomBytes(i)]));
  const own = await client.setFile({ sizeBytes: content.length }, [content]);
  assert.deepEqual([own.stat.profile, decodeCommitment(own.stat.commitment).layerRoots.length], [2, 2]);
  assert.equal(
    (await client.setFile({ sizeBytes: 1, profile: 0 }, [content.subarray(0, 1)])).stat.profile,
    0,
  );
  assert.equal((await client.setShare(content.subarray(0, 10))).stat.profile, 1);
  assert.equal((await client.setShare(content.subarray(0, 11), { profile: 0 })).stat.profile, 0);
  const again = await client.setShare(content.subarray(0, 11), { profile: 2 });
  assert.deepEqual([again.held, again.stat.profile], [true, 0]);
  assert.equal((await client.setShares(chunks)).stat.profile, 1);
  const held = await client.setShares(chunks, { profile: 2 });
  assert.deepEqual([held.held, held.stat.profile], [true, 1]);
  assert.equal((await client.setShares(chunks.slice(1), { profile: 2 })).stat.profile, 2);
  await assert.rejects(client.setShare(content.subarray(0, 1), { profile: 3 }), {
    code: 'PROVENDER_UNSUPPORTED',
  });
  await assert.rejects(client.setShares(chunks, { profile: 3 }), { code: 'PROVENDER_UNSUPPORTED' });
});

test('wrong declarations are refused by the real service, and leave no byte', async () => {
  await using opened = await openShares();
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const file = randomBytes(5_000_000);
  const other = idOf(OBJECT_KIND.file, randomBytes(10));
  await assert.rejects(client.setFile({ sizeBytes: file.length - 1 }, [file]), { code: 'PROVENDER_INVALID' });
  await assert.rejects(client.setFile({ sizeBytes: file.length + 1 }, [file]), { code: 'PROVENDER_INVALID' });
  await assert.rejects(client.setFile({ sizeBytes: file.length, id: other }, [file]), {
    code: 'PROVENDER_INVALID',
  });
  await assert.rejects(client.setFile({ sizeBytes: file.length, profile: 7 }, [file]), {
    code: 'PROVENDER_UNSUPPORTED',
  });
  const ending = new AbortController();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield file;
    ending.abort();
    yield file;
  }
  await assert.rejects(client.setFile({ sizeBytes: 2 * file.length }, source(), { signal: ending.signal }), {
    code: 'PROVENDER_CANCELLED',
  });
  await eventually('nothing is reserved', () => opened.shares.usage().reservedBytes === 0);
  assert.equal(opened.shares.usage().storedBytes, 0);
});

test('the metrics count calls, codes and content bytes', async () => {
  await using opened = await openShares();
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const { stat } = await client.setFile({ sizeBytes: 1000 }, [randomBytes(1000)]);
  await joined((await client.getFile(stat.id, { offset: 10, length: 500 })).data);
  await assert.rejects(client.getShare(stat.id), { code: 'PROVENDER_NOT_FOUND' });
  await eventually('all have ended', () => node.server.runningCalls === 0);
  const { text } = await node.metrics.page();
  for (const line of [
    'provender_operations_total{method="SetFile",code="OK"} 1',
    'provender_operations_total{method="GetShare",code="PROVENDER_NOT_FOUND"} 1',
    'provender_content_bytes_total{method="SetFile",direction="in"} 1000',
    'provender_content_bytes_total{method="GetFile",direction="out"} 500',
    'provender_operations_in_flight{method="GetFile"} 0',
  ])
    assert.ok(text.includes(line), line);
});

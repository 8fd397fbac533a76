import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { compareBytes, OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import type { ShareItem } from '../../src/shares/shares.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { openRpcNode } from '../support/rpc-node.ts';

function bytesOf(item: ShareItem): Uint8Array {
  if ('error' in item) throw item.error;
  return item.bytes;
}

async function joined(data: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a chunk of each edge size is set, read, described and removed', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  for (const size of [0, 1, 63, 64, 4095, BLOCK_SIZE]) {
    const chunk = randomBytes(size);
    const { stat, held, commR } = await client.setShare(chunk);
    assert.deepEqual(stat.id, Buffer.from(idOf(OBJECT_KIND.chunk, chunk)));
    assert.equal(held, false);
    assert.equal(commR.length, 32);
    assert.deepEqual(Buffer.from(await client.getShare(stat.id)), chunk);
    const { sizeBytes, kind, count, commitment } = await client.statShare(stat.id);
    assert.deepEqual({ sizeBytes, kind, count }, { sizeBytes: size, kind: OBJECT_KIND.chunk, count: 1 });
    assert.deepEqual([...commitment], [1, 2, 3]);
    assert.equal((await client.setShare(chunk)).held, true);
    await client.removeShare(stat.id);
    await assert.rejects(client.getShare(stat.id), { code: 'PROVENDER_NOT_FOUND' });
  }
});

test('a collection is sorted and freed of repeats on the way, and comes back by range and by id', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const chunks = Array.from({ length: 150 }, (_, i) => randomBytes(i % 3 === 0 ? BLOCK_SIZE : i));
  const ids = chunks.map((chunk) => idOf(OBJECT_KIND.chunk, chunk));
  const { stat } = await client.setShares([...chunks, ...chunks.slice(0, 9)]);
  assert.equal(stat.count, 150);

  const order = [...ids].sort(compareBytes);
  const items: ShareItem[] = [];
  for await (const batch of client.readShares({ collection: stat.id, first: 10, count: 100 }))
    items.push(...batch);
  assert.deepEqual(
    items.map(({ id }) => objectIdHex(id)),
    order.slice(10, 110).map(objectIdHex),
  );

  const got = await client.getShares(ids);
  assert.deepEqual(
    got.map((item) => Buffer.from(bytesOf(item))),
    chunks,
  );
  const none = idOf(OBJECT_KIND.chunk, Buffer.from('nowhere'));
  const [first, second] = await client.getShares([none, order[0] ?? none]);
  assert.ok(first !== undefined && 'error' in first);
  assert.equal(first.error.code, 'PROVENDER_NOT_FOUND');
  assert.equal(first.error.details['id'], objectIdHex(none));
  assert.ok(second !== undefined && 'bytes' in second);
});

test('more ids than one stream takes come back in order', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const { stat } = await client.setShare(Buffer.from('one'));
  const ids = Array.from({ length: 4096 + 70 }, () => stat.id);
  let count = 0;
  for await (const batch of client.readShares({ ids })) count += batch.length;
  assert.equal(count, ids.length);
});

test('files of each edge size are set, read whole and in part, described and removed', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  for (const size of [0, 1, BLOCK_SIZE, 256 * 1024, 256 * 1024 + 1, 5_000_001]) {
    const file = randomBytes(size);
    const progress: number[] = [];
    const { stat, held } = await client.setFile({ sizeBytes: size }, [file], {
      onProgress: (bytes) => progress.push(bytes),
    });
    assert.equal(held, false);
    assert.deepEqual(stat.id, Buffer.from(idOf(OBJECT_KIND.file, file)));
    assert.equal(progress.at(-1) ?? 0, size);
    const whole = await client.getFile(stat.id);
    assert.deepEqual([whole.offset, whole.length, whole.stat.sizeBytes], [0, size, size]);
    assert.deepEqual(await joined(whole.data), file);
    const [offset, length] = [Math.floor(size / 3), Math.floor(size / 2)];
    const part = await client.getFile(stat.id, { offset, length });
    assert.deepEqual(await joined(part.data), file.subarray(offset, offset + length));
    assert.equal((await client.statFile(stat.id)).sizeBytes, size);
    await client.removeFile(stat.id);
    await assert.rejects(client.statFile(stat.id), { code: 'PROVENDER_NOT_FOUND' });
  }
});

test('pieces of any length, whose buffer is used again, make the same file', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const file = randomBytes(1_300_000);
  async function* reusing(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(400_000);
    let at = 0;
    for (let size = 1; at < file.length; size = size < 400_000 ? size * 3 : 7) {
      const piece = file.subarray(at, at + Math.min(size, buffer.length));
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
      buffer.fill(0);
      at += piece.length;
    }
  }
  const { stat } = await client.setFile({ sizeBytes: file.length }, reusing());
  assert.equal(objectIdHex(stat.id), objectIdHex(idOf(OBJECT_KIND.file, file)));
});

test('a list comes in pages, in ascending order of ids', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  for (let i = 0; i < 7; i++) await client.setFile({ sizeBytes: 1 }, [Uint8Array.of(i)]);
  await client.setShare(Uint8Array.of(1));
  const pages: number[] = [];
  const ids: Uint8Array[] = [];
  for await (const page of client.listPages({ limit: 3 })) {
    pages.push(page.length);
    ids.push(...page.map(({ id }) => id));
  }
  assert.deepEqual(pages, [3, 3, 1]);
  assert.deepEqual(ids, [...ids].sort(compareBytes));
  assert.equal((await client.listFiles({ kind: OBJECT_KIND.chunk })).shares.length, 1);
});

test('a file that is held is answered at once, and its bytes are not sent', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const file = randomBytes(64 * 1024 * 1024);
  const { stat } = await client.setFile({ sizeBytes: file.length }, [file]);
  let sent = 0;
  const again = await client.setFile({ sizeBytes: file.length, id: stat.id }, [file], {
    onProgress: (bytes) => {
      sent = bytes;
    },
  });
  assert.equal(again.held, true);
  assert.ok(sent < file.length / 2, `${sent} bytes went out`);
  async function* never(): AsyncGenerator<Uint8Array> {
    await new Promise(() => undefined);
    yield file;
  }
  assert.equal((await client.setFile({ sizeBytes: file.length, id: stat.id }, never())).held, true);
});

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { objectIdHex } from '../../src/content/object-id.ts';
import { cut, hex, referenceRoot, sha256, testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { makeChunks, setCollection, setFile } from '../support/share-content.ts';

/** `provender/<name>/v1` in 32 bytes. */
function tag(name: string): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(`provender/${name}/v1`);
  return bytes;
}

/** Stripe by its definition: blocks, their roots, chunk lengths. @see object-layout.md, section 3 */
function stripe(blocks: Uint8Array, lengths?: readonly number[]): Buffer {
  const roots = cut(blocks, 4096).map((block) => referenceRoot(cut(block, 64)));
  const column = Buffer.alloc((lengths?.length ?? 0) * 2);
  for (const [i, length] of (lengths ?? []).entries()) column.writeUInt16BE(length, 2 * i);
  return Buffer.concat([blocks, ...roots, column]);
}

/** Filled with zeros to whole blocks. */
function padded(content: Uint8Array): Buffer {
  return Buffer.concat([content, Buffer.alloc((4096 - (content.length % 4096)) % 4096)]);
}

test('the head of a file is written byte for byte, and OpenSSL accepts its signature', async () => {
  const networkId = testBytes(32, 5);
  await using open = await openShares({ networkId });
  const content = testBytes(5000);
  const { stat, commR } = await setFile(open.shares, content);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(5000n);
  const { publicKey } = open.signer;
  const unsigned = Buffer.concat([
    Buffer.from([1, 14, 0, 0]),
    networkId, // header
    stat.id,
    Buffer.from([2]),
    size,
    Buffer.from([0, 0, 0, 1]),
    referenceRoot(cut(padded(content), 64)),
    publicKey,
    Buffer.alloc(32),
    Buffer.alloc(8),
    Buffer.alloc(4),
  ]);
  assert.equal(hex(stat.commitment.subarray(0, -64)), hex(unsigned));
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  assert.ok(verify(null, sha256(tag('msg'), unsigned), key, stat.commitment.subarray(-64)));
  const replica = sha256(
    tag('replica'),
    Buffer.alloc(2),
    networkId,
    stat.id,
    publicKey,
    Buffer.alloc(32),
    Buffer.alloc(8),
    Buffer.alloc(4),
  );
  assert.equal(hex(commR), hex(sha256(tag('commr'), replica)));

  const [stagedUnder] = open.store.data.keys();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(stat.commitment.length);
  const body = Buffer.concat([
    Buffer.from('PVH\u0001'),
    Buffer.from((stagedUnder ?? '').replace('.', ''), 'hex'),
    length,
    stat.commitment,
  ]);
  const head = [...open.store.heads.values()][0] ?? new Uint8Array();
  assert.equal(hex(head), hex(Buffer.concat([body, sha256(body).subarray(0, 8)])));
});

test('stripes and stripe roots of a file are written byte for byte', async () => {
  await using open = await openShares();
  for (const blocks of [1, 2, 1023, 1024, 1025]) {
    const content = testBytes(blocks * 4096 - 100);
    const { stat } = await setFile(open.shares, content);
    const [data] = open.store.data.values();
    const whole = padded(content);
    const expected = [whole.subarray(0, 4_194_304), whole.subarray(4_194_304)].filter(
      (part) => part.length > 0,
    );
    assert.equal(data?.stripes.size, expected.length);
    for (const [i, part] of expected.entries())
      assert.ok(stripe(part).equals(data.stripes.get(i) ?? new Uint8Array()), `${blocks}/${i}`);
    const roots = expected.map((part) => referenceRoot(cut(part, 64)));
    if (expected.length === 1) assert.equal(data.roots, undefined);
    else assert.equal(hex(data.roots ?? new Uint8Array()), hex(Buffer.concat(roots)));
    await open.shares.removeFile(stat.id);
  }
});

test('an empty file is one zero block', async () => {
  await using open = await openShares();
  await setFile(open.shares, new Uint8Array());
  assert.ok(
    stripe(Buffer.alloc(4096)).equals([...open.store.data.values()][0]?.stripes.get(0) ?? new Uint8Array()),
  );
});

test('stripes and index rows of a collection are written byte for byte', async () => {
  await using open = await openShares();
  const chunks = makeChunks(66);
  await setCollection(open.shares, chunks);
  const manifest = Buffer.alloc(2 * 4096);
  for (const [i, { id, bytes }] of chunks.entries()) {
    manifest.set(id, 64 * i);
    manifest.writeUInt32BE(bytes.length, 64 * i + 32);
  }
  const blocks = Buffer.concat([
    ...chunks.map(({ bytes }) => (bytes.length === 0 ? Buffer.alloc(4096) : padded(bytes))),
    manifest,
  ]);
  const expected = stripe(blocks, [...chunks.map(({ bytes }) => bytes.length), 0, 0]);
  assert.ok(expected.equals([...open.store.data.values()][0]?.stripes.get(0) ?? new Uint8Array()));
  const rows = [...open.store.index.values()]
    .flat()
    .map(({ row }) => [row.position, row.length, objectIdHex(row.id)]);
  assert.deepEqual(
    rows,
    chunks.map(({ id, bytes }, i) => [i, bytes.length, objectIdHex(id)]),
  );
});

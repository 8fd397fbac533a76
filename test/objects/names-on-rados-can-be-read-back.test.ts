import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseObjectId } from '../../src/content/object-id.ts';
import { rootsKey, stripeKey } from '../../src/objects/data-names.ts';
import * as keys from '../../src/objects/rados/keys.ts';
import { decodeRemovedRow, encodeRemovedRow } from '../../src/objects/rados/removed-row.ts';
import { makeTag, tagName } from '../../src/objects/tag.ts';

const HEX = 'c0ffee0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d';
const ID = parseObjectId(HEX);
const TAG = makeTag(0x1a, 0x2b3c);

test('names are those of the layout', () => {
  assert.equal(keys.chunkKey(ID), `c/${HEX}`);
  assert.equal(keys.catalogKey(ID), 'k/c0');
  assert.equal(keys.catalogShardKey(7), 'k/07');
  assert.equal(keys.headRow(ID), `h.${HEX}`);
  assert.equal(keys.removedRow(TAG), 'g.0000001a.00002b3c');
  assert.equal(keys.sessionRow(0x1a), 's.0000001a');
  assert.equal(keys.indexRowName(ID, TAG), 'c0ffee0102030405060708090a0b0c0d.0000001a.00002b3c');
  assert.equal(stripeKey(TAG, 1025), '0000001a.00002b3c/000401');
  assert.equal(rootsKey(TAG), '0000001a.00002b3c/r');
  assert.equal(keys.dataNamespace('storer'), 'storer.data');
});

test('index shards cut the first two bytes of an id evenly', () => {
  assert.equal(keys.indexShard(ID, 256), 0xc0);
  assert.equal(keys.indexShard(ID, 4096), 0xc0f);
  assert.equal(keys.indexShardKey(keys.indexShard(ID, 4096)), 'x/3087');
  const last = parseObjectId('f'.repeat(64));
  assert.equal(keys.indexShard(last, 512), 511);
  assert.equal(keys.indexShard(parseObjectId('0'.repeat(64)), 512), 0);
});

test('many names at once are the same names', () => {
  const packed = Buffer.concat([Buffer.alloc(5), ID, Buffer.alloc(3), ID]);
  const nameAt = keys.indexRowNamer(packed, TAG);
  assert.equal(nameAt(5), keys.indexRowName(ID, TAG));
  assert.equal(nameAt(40), keys.indexRowName(ID, TAG));
  assert.equal(keys.indexShardAt(packed, 40, 4096), keys.indexShard(ID, 4096));
});

test('a name is read back, and a name of another form is none', () => {
  assert.deepEqual(keys.chunkIdOfKey(keys.chunkKey(ID)), ID);
  assert.deepEqual(keys.idOfHeadRow(keys.headRow(ID)), ID);
  assert.deepEqual(keys.tagOfRemovedRow(keys.removedRow(TAG)), TAG);
  assert.equal(keys.sessionOfRow(keys.sessionRow(0x1a)), 0x1a);
  const prefix = keys.indexRowPrefix(ID);
  assert.deepEqual(keys.tagOfIndexRow(keys.indexRowName(ID, TAG), prefix), TAG);
  assert.deepEqual(keys.parseDataKey(stripeKey(TAG, 77)), { tag: TAG, stripe: 77 });
  assert.deepEqual(keys.parseDataKey(rootsKey(TAG)), { tag: TAG, stripe: undefined });
  for (const name of [`c/${HEX.toUpperCase()}`, 'c/', 'format', `c/${HEX}0`, `x/c/${HEX}`])
    assert.equal(keys.chunkIdOfKey(name), undefined, name);
  for (const name of [tagName(TAG), `${tagName(TAG)}/`, `${tagName(TAG)}/1`, `${tagName(TAG)}/R`, 'r'])
    assert.equal(keys.parseDataKey(name), undefined, name);
  assert.equal(keys.tagOfRemovedRow('g.1.2'), undefined);
  assert.equal(keys.sessionOfRow('next'), undefined);
});

test('the row of a removed object carries what finds its data', () => {
  const object = { kind: 3, sizeBytes: 2 ** 40 + 5, profile: 2, id: ID } as const;
  const row = encodeRemovedRow(object);
  assert.equal(Buffer.from(row).toString('hex'), `03000001000000000502${HEX}`);
  assert.deepEqual(decodeRemovedRow(row), object);
  for (const wrong of [row.slice(1), new Uint8Array(42), Uint8Array.of(...row, 0)])
    assert.throws(() => decodeRemovedRow(wrong), { code: 'PROVENDER_CORRUPT' });
});

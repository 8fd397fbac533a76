import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  registryRoot,
  rootOfPath,
  Snapshot,
  type SnapshotLeaf,
} from '../../../src/placement/registry/snapshot.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';

const hash = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

/** MTH of RFC 9162, section 2.1.1, word for word. */
function treeHash(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return hash();
  if (leaves.length === 1) return hash(Buffer.of(0), only);
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return hash(Buffer.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

/** PATH of RFC 9162, section 2.1.3.1, word for word. */
function path(m: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length <= 1) return [];
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return m < k
    ? [...path(m, leaves.slice(0, k)), treeHash(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), treeHash(leaves.slice(0, k))];
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

const plainLeaf = (leaf: SnapshotLeaf): Buffer =>
  Buffer.concat([
    leaf.storerKey,
    leaf.vrfKey,
    u64(leaf.weight),
    leaf.operatorId,
    Buffer.of(leaf.region >> 8, leaf.region & 255),
  ]);

function leafOf(i: number): SnapshotLeaf {
  return {
    storerKey: bytesOf(`storer ${i}`),
    vrfKey: bytesOf(`vrf ${i}`),
    weight: BigInt(i) * 0x1_0000_0001n,
    operatorId: bytesOf(`operator ${i}`),
    region: (i * 257) & 0xffff,
  };
}

const leavesOf = (count: number): SnapshotLeaf[] => Array.from({ length: count }, (_, i) => leafOf(i));
const sorted = (leaves: readonly SnapshotLeaf[]): SnapshotLeaf[] =>
  leaves.toSorted((a, b) => Buffer.compare(a.storerKey, b.storerKey));

function tag(name: string): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(`provender/${name}/v1`);
  return bytes;
}

test('the root of every small registry is H(tag ‖ W ‖ MTH), whatever the order of registration', () => {
  for (let count = 0; count <= 40; count++) {
    const leaves = leavesOf(count);
    const snapshot = new Snapshot(3n, leaves.toReversed());
    const total = leaves.reduce((sum, { weight }) => sum + weight, 0n);
    const expected = hash(tag('registry'), u64(total), treeHash(sorted(leaves).map(plainLeaf)));
    assert.deepEqual(Buffer.from(snapshot.root), expected, `${count} nodes`);
    assert.equal(snapshot.totalWeight, total);
    assert.equal(snapshot.leafCount, count);
  }
});

test('paths are those of the RFC, lead to the root, and to no other place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), (count, pick) => {
      const leaves = sorted(leavesOf(count));
      const snapshot = new Snapshot(0n, leaves);
      const m = pick % count;
      const { leaf, index, path: found } = snapshot.path(leaves[m]?.storerKey ?? new Uint8Array());
      assert.equal(index, m);
      assert.deepEqual(
        found.map((node) => Buffer.from(node)),
        path(m, leaves.map(plainLeaf)),
      );
      const rootAt = (place: number, leafCount: number, nodes = found): string => {
        const tree = rootOfPath(leaf, { index: place, leafCount, path: nodes });
        return tree === undefined
          ? 'none'
          : Buffer.from(registryRoot(snapshot.totalWeight, tree)).toString('hex');
      };
      const right = Buffer.from(snapshot.root).toString('hex');
      assert.equal(rootAt(m, count), right);
      for (let other = -1; other <= count; other++)
        if (other !== m) assert.notEqual(rootAt(other, count), right);
      assert.notEqual(rootAt(m, count, found.slice(1)), count === 1 ? '' : right);
      assert.equal(rootAt(m, count, [...found, bytesOf('one more')]), 'none');
      assert.equal(rootAt(m, count, [new Uint8Array(31), ...found.slice(1)]), 'none');
      assert.equal(rootAt(0.5, count), 'none');
    }),
    { numRuns: 60 },
  );
});

test('every field of a leaf is under the root', () => {
  const [first, ...others] = leavesOf(5);
  assert.ok(first);
  const root = (leaf: SnapshotLeaf): string =>
    Buffer.from(new Snapshot(0n, [leaf, ...others]).root).toString('hex');
  const changes: Partial<SnapshotLeaf>[] = [
    { storerKey: bytesOf('x') },
    { vrfKey: bytesOf('x') },
    { weight: 9n },
    { operatorId: bytesOf('x') },
    { region: 9 },
  ];
  const roots = [{}, ...changes].map((change) => root({ ...first, ...change }));
  assert.equal(new Set(roots).size, roots.length);
});

test('regions count where there is weight; weights that do not fit and doubled keys are refused', () => {
  const [a, b, c] = leavesOf(3);
  assert.ok(a && b && c);
  assert.equal(a.weight, 0n);
  assert.equal(new Snapshot(0n, [a, b, c]).regions, 2);
  const heavy = { ...a, weight: 2n ** 64n - 1n };
  assert.equal(new Snapshot(0n, [heavy]).totalWeight, heavy.weight);
  assert.throws(() => new Snapshot(0n, [heavy, { ...b, weight: 1n }]), {
    code: 'PROVENDER_INVALID',
    message: /2\^64/,
  });
  assert.throws(() => new Snapshot(0n, [a, a]), { code: 'PROVENDER_INVALID', message: /twice/ });
  assert.throws(() => new Snapshot(0n, [a]).path(b.storerKey), { code: 'PROVENDER_NOT_FOUND' });
  assert.equal(new Snapshot(0n, [a]).find(b.storerKey), undefined);
});

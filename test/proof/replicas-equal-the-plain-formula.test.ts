import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { challengedLeaves } from '../../src/proof/challenge.ts';
import { decodeReplica, encodeReplica } from '../../src/proof/replica.ts';
import { referencePass, referenceSegmentId } from './reference-replica.ts';
import { testBytes } from './reference-tree.ts';

test('layers equal those of the plain formula on OpenSSL, and decode to what they were', () => {
  const replica = fc.record({
    blocks: fc.integer({ min: 1, max: 40 }),
    passes: fc.integer({ min: 0, max: 2 }),
    seed: fc.nat(),
    replicaId: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });
  fc.assert(
    fc.property(replica, ({ blocks, passes, seed, replicaId }) => {
      const content = testBytes(4096 * blocks, seed);
      const layers = encodeReplica(content, { replicaId, passes });
      const expected = [content];
      for (let pass = 1; pass <= passes; pass++)
        expected.push(referencePass(expected.at(-1) ?? content, referenceSegmentId(replicaId, 0), pass));
      assert.deepEqual(layers, expected);
      assert.deepEqual(decodeReplica(layers.at(-1) ?? content, { replicaId, passes }), layers);
    }),
    { numRuns: 25 },
  );
});

test('nothing but whole blocks is encoded', () => {
  const plan = { replicaId: new Uint8Array(32), passes: 1 };
  for (const length of [0, 1, 4095, 4097])
    assert.throws(() => encodeReplica(new Uint8Array(length), plan), { code: 'PROVENDER_INVALID' });
});

test('challenged leaves are uniform: chi squared over 256 bins', () => {
  const draws = 1_000_000;
  const bins = new Uint32Array(256);
  for (const leaf of challengedLeaves(new Uint8Array(32).fill(5), draws, 1_562_560))
    bins[leaf % 256] = (bins[leaf % 256] ?? 0) + 1;
  const expected = draws / 256;
  const chi = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const z = (chi - 255) / Math.sqrt(2 * 255);
  assert.ok(Math.abs(z) < 4, `z = ${z}`);
});

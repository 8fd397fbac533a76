import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { replicaId } from '../../src/proof/commitment.ts';
import { decodeReplica, encodeReplica } from '../../src/proof/replica.ts';
import { type HeldObject, holdFile } from './held-object.ts';
import { hex, testBytes } from './reference-tree.ts';

const SIZE = 4 * 4096;

/** Bytes that are left when a replica is packed. */
const packed = ({ layers }: HeldObject): number => deflateRawSync(layers.at(-1) ?? new Uint8Array()).length;

for (const profile of [1, 2]) {
  test(`content made so that its labels would be zeros has another id, and labels that do not pack; profile ${profile}`, () => {
    const announced = holdFile(testBytes(SIZE), profile);
    const plan = { replicaId: replicaId(announced.statement), passes: profile };
    const [fitted = new Uint8Array()] = decodeReplica(new Uint8Array(SIZE), plan);
    // under the id that was announced it would cost no room at all ...
    const ideal = encodeReplica(fitted, plan).at(-1) ?? fitted;
    assert.ok(ideal.every((byte) => byte === 0));
    // ... but that id is of another content
    const held = holdFile(fitted, profile);
    assert.notEqual(hex(held.statement.id), hex(announced.statement.id));
    assert.notEqual(hex(replicaId(held.statement)), hex(plan.replicaId));
    assert.ok(packed(held) >= SIZE, `${packed(held)} bytes`);
  });

  test(`content fitted to one seed does not pack under a younger one; profile ${profile}`, () => {
    const fixed = holdFile(testBytes(SIZE), profile);
    for (const change of [
      { seed: new Uint8Array(32).fill(4) },
      { round: 6n },
      { storerKey: new Uint8Array(32) },
    ]) {
      const other = holdFile(testBytes(SIZE), profile, change);
      assert.equal(hex(other.statement.id), hex(fixed.statement.id));
      assert.notEqual(hex(replicaId(other.statement)), hex(replicaId(fixed.statement)));
      const difference = new Uint8Array(SIZE);
      const [one, two] = [fixed.layers.at(-1) ?? difference, other.layers.at(-1) ?? difference];
      for (let i = 0; i < SIZE; i++) difference[i] = (one[i] ?? 0) ^ (two[i] ?? 0);
      assert.ok(deflateRawSync(difference).length >= SIZE, 'one replica says nothing of the other');
    }
  });
}

import assert from 'node:assert/strict';
import { blockCount, STRIPE_BLOCKS, STRIPE_SIZE, stripeCount } from '../../src/content/geometry.ts';
import { decodeHead } from '../../src/objects/head.ts';
import { tagName } from '../../src/objects/tag.ts';
import {
  commR,
  decodeCommitment,
  isSignedByStorer,
  replicaId,
  type Statement,
} from '../../src/proof/commitment.ts';
import { blockRoots, encodePass, foldRoots } from '../../src/proof/kernels.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { segmentId, segmentsOf } from '../../src/proof/segments.ts';
import type { SetOutcome } from '../../src/shares/shares.ts';
import { hex } from '../proof/reference-tree.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

/** Filled with zeros to whole blocks; nothing is one zero block. */
export function wholeBlocks(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(blockCount(content.length) * 4096);
  bytes.set(content);
  return bytes;
}

/** A statement whose signature and commR are right, as the answer to a set gives them. */
export function statementOf({ stat, commR: found }: SetOutcome): Statement {
  assert.ok(isSignedByStorer(stat.commitment));
  const statement = decodeCommitment(stat.commitment);
  assert.equal(hex(found), hex(commR(statement)));
  assert.equal(hex(stat.id), hex(statement.id));
  assert.equal(stat.profile, statement.profile);
  return statement;
}

/** Up to here the reference encodes; larger layers the kernels, which other tests hold against it, in one piece. */
const REFERENCE_BYTES = 64 * 4096;

/** What the reference makes of a layer 0: layers 0 to L. */
export function referenceLayers(layer0: Uint8Array, statement: Statement): readonly Uint8Array[] {
  const plan = { replicaId: replicaId(statement), passes: statement.layerRoots.length };
  if (layer0.length <= REFERENCE_BYTES) return encodeReplica(layer0, plan);
  const layers = [layer0];
  for (let pass = 1; pass <= plan.passes; pass++) {
    const layer = Uint8Array.from(layers[pass - 1] ?? []);
    const segments = segmentsOf(layer.length / 4096).map(({ number, start, blocks }) => ({
      id: segmentId(plan.replicaId, number),
      bytes: layer.subarray(start, start + blocks * 4096),
    }));
    encodePass(pass, segments);
    layers.push(layer);
  }
  return layers;
}

/** Roots of the blocks of a layer, 32 bytes each. */
function blockRootsOf(layer: Uint8Array): Uint8Array {
  const roots = new Uint8Array((layer.length / 4096) * 32);
  blockRoots(layer, roots);
  return roots;
}

function stripesOf(layer: Uint8Array): Uint8Array[] {
  return Array.from({ length: stripeCount(layer.length / 4096) }, (_, i) =>
    layer.subarray(i * STRIPE_SIZE, (i + 1) * STRIPE_SIZE),
  );
}

/** Checks the roots of a statement against the layers. */
export function assertRoots(statement: Statement, layers: readonly Uint8Array[]): void {
  const roots = layers.map((layer) => hex(foldRoots(blockRootsOf(layer))));
  assert.deepEqual([statement.dataRoot, ...statement.layerRoots].map(hex), roots);
}

/** Stripes by their definition: replica blocks, block roots of each layer, chunk lengths. @see object-layout.md, section 3 */
function referenceStripes(layers: readonly Uint8Array[], lengths?: readonly number[]): Buffer[] {
  const replica = layers.at(-1) ?? new Uint8Array();
  const parts = layers.map(stripesOf);
  return stripesOf(replica).map((blocks, i) => {
    const roots = parts.map((stripes) => blockRootsOf(stripes[i] ?? new Uint8Array()));
    const own = lengths?.slice(i * STRIPE_BLOCKS, (i + 1) * STRIPE_BLOCKS) ?? [];
    const column = Buffer.alloc(own.length * 2);
    for (const [at, length] of own.entries()) column.writeUInt16BE(length, 2 * at);
    return Buffer.concat([blocks, ...roots, column]);
  });
}

/**
 * Compares everything that a store has under the head of a file or collection with the layout made by hand.
 * @param lengths - of a collection: one for each block
 */
export function assertStoredReplica(
  store: MemoryObjectStore,
  outcome: SetOutcome,
  { layer0, lengths }: { layer0: Uint8Array; lengths?: readonly number[] },
): void {
  const statement = statementOf(outcome);
  const layers = referenceLayers(layer0, statement);
  assertRoots(statement, layers);
  const head = [...store.heads.values()]
    .map(decodeHead)
    .find(({ commitment }) => Buffer.from(commitment).equals(outcome.stat.commitment));
  assert.ok(head !== undefined);
  const data = store.data.get(tagName(head.tag));
  const stripes = referenceStripes(layers, lengths);
  assert.equal(data?.stripes.size, stripes.length);
  for (const [i, stripe] of stripes.entries())
    assert.ok(stripe.equals(data.stripes.get(i) ?? new Uint8Array()), `stripe ${i}`);
  const columns = layers.flatMap((layer) =>
    stripesOf(layer).map((stripe) => foldRoots(blockRootsOf(stripe))),
  );
  if (stripes.length === 1) assert.equal(data.roots, undefined);
  else assert.equal(hex(data.roots ?? new Uint8Array()), hex(Buffer.concat(columns)));
}

import { ascending } from '../content/ascending.ts';
import { concatBytes } from '@noble/hashes/utils.js';
import { blockCount, HASH_SIZE, LEAF_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { type Challenge, challengedLeaves, challengeSeed, isChallenge, PROOF_FORM } from './challenge.ts';
import { commR, type Statement } from './commitment.ts';
import { encodeHeader, MESSAGE_REPLICA_PROOF } from './message-header.ts';
import { leafHashes, parents } from './merkle.ts';
import { leafCount, openedLeaves } from './opened-leaves.ts';
import { profilePasses } from './profile.ts';
import { frameProof, type LayerOpening, type OpeningFrame } from './proof-frame.ts';

/** What a proof is made of. */
export interface ProofPlan {
  /** The 108 bytes that it starts with. */
  readonly head: Uint8Array;
  /** L of the object. */
  readonly passes: number;
  readonly blocks: number;
  /** In the order of the proof, layer L first; empty for the proof that is the whole replica. */
  readonly openings: readonly LayerOpening[];
}

/**
 * Finds out what a proof opens. Costs the hashes of the challenge and no look at the object.
 *
 * @throws ProvenderError `PROVENDER_INVALID` for a challenge that does not exist for such an object, `PROVENDER_UNSUPPORTED` for its profile
 * @see proof-of-replication.md, sections 7 and 8
 */
export function planProof(statement: Statement, challenge: Challenge): ProofPlan {
  const passes = profilePasses(statement.profile);
  const blocks = blockCount(statement.sizeBytes);
  checkChallenge(challenge, { blocks, passes });
  const head = encodeProofHead(statement, challenge);
  if (challenge.form === PROOF_FORM.whole) return { head, passes, blocks, openings: [] };
  const seed = challengeSeed(statement, challenge);
  const challenged = ascending(challengedLeaves(seed, challenge.k, leafCount(blocks)));
  if (challenge.form === PROOF_FORM.possession)
    return { head, passes, blocks, openings: [{ layer: passes, leaves: challenged }] };
  const openings: LayerOpening[] = [];
  for (let layer = passes; layer >= 1; layer--)
    openings.push({ layer, leaves: openedLeaves(layer, blocks, challenged) });
  openings.push({ layer: 0, leaves: challenged });
  return { head, passes, blocks, openings };
}

/**
 * Makes a proof from all layers of an object. This is the reference: plain, all in memory, for tests and small objects.
 *
 * @param layers - 0 to L, as `encodeReplica` gives them
 * @returns the bytes of a ReplicaProof
 * @throws ProvenderError as `planProof`
 * @see proof-of-replication.md, section 8
 */
export function proveReplica(
  statement: Statement,
  layers: readonly Uint8Array[],
  challenge: Challenge,
): Uint8Array {
  const plan = planProof(statement, challenge);
  const { bytes, replica, openings } = frameProof(plan);
  if (openings.length === 0) replica.set(layerAt(layers, plan.passes));
  for (const opening of openings) openLeaves(opening, layerAt(layers, opening.layer));
  return bytes;
}

/** Fills an opening from its whole layer; the tree is made as far up as it is asked for. */
function openLeaves(opening: OpeningFrame, layer: Uint8Array): void {
  for (const [i, leaf] of opening.leaves.entries())
    opening.putLeaf(i, layer.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE));
  let nodes = leafHashes(layer);
  let made = 0;
  for (const [i, { level, index }] of opening.siblings.entries()) {
    for (; made < level; made++) nodes = parents(nodes);
    opening.putSibling(i, nodes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE));
  }
}

function checkChallenge(challenge: Challenge, of: { blocks: number; passes: number }): void {
  const { mode, form, k, beacon } = challenge;
  if (beacon.length !== HASH_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `beacon: ${beacon.length} bytes, must be ${HASH_SIZE}`, {
      details: { found: beacon.length, expected: HASH_SIZE },
    });
  }
  if (isChallenge(challenge, of)) return;
  const cure =
    form === PROOF_FORM.relation && of.passes === 0
      ? 'a plain copy (profile none) has no relation to show: ask for possession'
      : 'an audit (mode 4) opens 1 to 128 leaves';
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `no challenge of mode ${mode}, form ${form} with ${k} leaves for an object of ${of.blocks} blocks; ${cure}`,
    { details: { mode, form, k, ...of } },
  );
}

/** header(type 6) ‖ commR ‖ u8 mode ‖ u8 form ‖ u16 0 ‖ u32 k ‖ beacon: 108 bytes. */
function encodeProofHead(statement: Statement, { mode, form, k, beacon }: Challenge): Uint8Array {
  const { profile, networkId } = statement;
  const numbers = new Uint8Array(8);
  const view = new DataView(numbers.buffer);
  view.setUint8(0, mode);
  view.setUint8(1, form);
  view.setUint32(4, k);
  const header = encodeHeader({ type: MESSAGE_REPLICA_PROOF, profile, networkId });
  return concatBytes(header, commR(statement), numbers, beacon);
}

function layerAt(layers: readonly Uint8Array[], layer: number): Uint8Array {
  const bytes = layers[layer];
  if (bytes === undefined) throw new ProvenderError('PROVENDER_INVALID', `layer ${layer} is not given`);
  return bytes;
}

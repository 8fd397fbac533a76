import { concatBytes } from '@noble/hashes/utils.js';
import { BLOCK_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { type Challenge, challengedLeaves, challengeSeed, isChallenge, PROOF_FORM } from './challenge.ts';
import { commR, type Statement } from './commitment.ts';
import { encodeHeader, MESSAGE_REPLICA_PROOF } from './message-header.ts';
import { encodeMultiproof, openLeaves } from './multiproof.ts';
import { ascending, leafCount, openedLeaves } from './opened-leaves.ts';

/**
 * Makes a proof from all layers of an object. This is the reference: plain, all in memory, for tests and small objects.
 *
 * @param layers - 0 to L, as `encodeReplica` gives them
 * @returns the bytes of a ReplicaProof
 * @throws ProvenderError `PROVENDER_INVALID` for a challenge that does not exist for such an object
 * @see proof-of-replication.md, section 8
 */
export function proveReplica(
  statement: Statement,
  layers: readonly Uint8Array[],
  challenge: Challenge,
): Uint8Array {
  const passes = layers.length - 1;
  const replica = layerAt(layers, passes);
  const blocks = replica.length / BLOCK_SIZE;
  if (!isChallenge(challenge, { blocks, passes })) {
    const { mode, form, k } = challenge;
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `no challenge of mode ${mode}, form ${form} with ${k} leaves for an object of ${blocks} blocks`,
      { details: { mode, form, k, blocks } },
    );
  }
  const head = encodeProofHead(statement, challenge);
  if (challenge.form === PROOF_FORM.whole) return concatBytes(head, replica);
  const seed = challengeSeed(statement, challenge);
  const challenged = ascending(challengedLeaves(seed, challenge.k, leafCount(blocks)));
  const open = (layer: number, leaves: readonly number[]): readonly Uint8Array[] =>
    encodeMultiproof(openLeaves(layerAt(layers, layer), leaves));
  if (challenge.form === PROOF_FORM.possession) return concatBytes(head, ...open(passes, challenged));
  const body: Uint8Array[] = [];
  for (let layer = passes; layer >= 1; layer--)
    body.push(...open(layer, openedLeaves(layer, blocks, challenged)));
  return concatBytes(head, ...body, ...open(0, challenged));
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

import { BLOCK_SIZE, HASH_SIZE, LEAF_SIZE, MAX_OBJECT_SIZE } from '../content/geometry.ts';
import { type Challenge, PROOF_FORM, WHOLE_BLOCKS } from './challenge.ts';
import { MAX_PROOF_SIZE } from './read-proof.ts';

/** Bytes before the body of a proof. */
const HEAD_SIZE = 108;
/** Siblings that a leaf needs at most: the levels of the largest tree. */
const LEVELS = Math.log2(MAX_OBJECT_SIZE / LEAF_SIZE);
/** An opened leaf: index, bytes, siblings. */
const OPENED_SIZE = 4 + LEAF_SIZE + LEVELS * HASH_SIZE;
/** Leaves of all layers that the relation of one challenged leaf opens: 8 in each of two layers, and itself. */
const RELATED = 17;
/** The two counts of each of three multiproofs. */
const COUNTS_SIZE = 3 * 8;

/** The most bytes that a proof has that answers such a challenge, whatever the object. @see proof-of-replication.md, section 8 */
export function proofBound({ form, k }: Pick<Challenge, 'form' | 'k'>): number {
  const opened = form === PROOF_FORM.relation ? RELATED * k : k;
  const body = form === PROOF_FORM.whole ? WHOLE_BLOCKS * BLOCK_SIZE : COUNTS_SIZE + opened * OPENED_SIZE;
  return Math.min(MAX_PROOF_SIZE, HEAD_SIZE + body);
}

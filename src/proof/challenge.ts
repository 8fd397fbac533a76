import { hashTag } from '../content/hash-tag.ts';
import { sha256 } from '../content/kernels.ts';
import { isZero } from '../content/zero-bytes.ts';
import { commR, replicaId, type Statement } from './commitment.ts';

/** Who asks, and with which beacon. @see proof-of-replication.md, section 7 */
export const PROOF_MODE = { init: 1, initAlone: 2, rewardAudit: 3, audit: 4 } as const;
/** What a proof opens. @see proof-of-replication.md, section 8 */
export const PROOF_FORM = { whole: 0, relation: 1, possession: 2 } as const;

/** What a verifier expects of a proof. */
export interface Challenge {
  /** One of `PROOF_MODE`. */
  readonly mode: number;
  /** One of `PROOF_FORM`. */
  readonly form: number;
  /** Leaves that are drawn; 0 for a whole replica. */
  readonly k: number;
  /** 32 bytes; zeros where there is none. */
  readonly beacon: Uint8Array;
}

/** Up to this many blocks an init proof is the whole replica. */
export const WHOLE_BLOCKS = 32;
/** Leaves that an init proof opens when the primary draws the beacon. */
export const INIT_LEAVES = 132;
const INIT_ALONE_LEAVES = 527;
const MOST_AUDITED = 128;
const CHALLENGE_TAG = hashTag('challenge');
const INDEX_TAG = hashTag('index');

/** Tells whether such a challenge exists for an object of `blocks` blocks in a profile of `passes` passes. @see proof-of-replication.md, section 7 */
export function isChallenge(
  { mode, form, k, beacon }: Challenge,
  { blocks, passes }: { blocks: number; passes: number },
): boolean {
  if (mode === PROOF_MODE.init || mode === PROOF_MODE.initAlone) {
    if (blocks <= WHOLE_BLOCKS) return form === PROOF_FORM.whole && k === 0 && isZero(beacon);
    if (form !== (passes === 0 ? PROOF_FORM.possession : PROOF_FORM.relation)) return false;
    return mode === PROOF_MODE.init ? k === INIT_LEAVES : k === INIT_ALONE_LEAVES && isZero(beacon);
  }
  const opensLeaves = form === PROOF_FORM.possession || (form === PROOF_FORM.relation && passes > 0);
  if (mode === PROOF_MODE.rewardAudit) return opensLeaves && k === 1;
  return mode === PROOF_MODE.audit && opensLeaves && Number.isInteger(k) && k >= 1 && k <= MOST_AUDITED;
}

/**
 * chalSeed = H(tag(challenge) ‖ u8 mode ‖ networkId ‖ beacon ‖ objectId ‖ replicaId ‖ commR ‖ u32 k).
 * @see proof-of-replication.md, section 2
 */
export function challengeSeed(
  statement: Statement,
  { mode, k, beacon }: Omit<Challenge, 'form'>,
): Uint8Array {
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, k);
  const { networkId, id } = statement;
  const [replica, commitment] = [replicaId(statement), commR(statement)];
  return sha256(CHALLENGE_TAG, Uint8Array.of(mode), networkId, beacon, id, replica, commitment, count);
}

/**
 * The leaves that a challenge draws, in the order of drawing; one may come more than once.
 * @param leaves - of the layer
 * @see proof-of-replication.md, section 7
 */
export function challengedLeaves(seed: Uint8Array, k: number, leaves: number): readonly number[] {
  const preimage = new Uint8Array(INDEX_TAG.length + seed.length + 4);
  preimage.set(INDEX_TAG);
  preimage.set(seed, INDEX_TAG.length);
  const number = new DataView(preimage.buffer, INDEX_TAG.length + seed.length);
  return Array.from({ length: k }, (_, t) => {
    number.setUint32(0, t);
    const draw = sha256(preimage);
    return Number(new DataView(draw.buffer, draw.byteOffset).getBigUint64(0) % BigInt(leaves));
  });
}

import { blockCount } from '../../content/geometry.ts';
import type { ObjectFacts, ObjectId } from '../../content/object-id.ts';
import { type Challenge, INIT_LEAVES, PROOF_FORM, PROOF_MODE, WHOLE_BLOCKS } from '../../proof/challenge.ts';
import { commR, type Statement } from '../../proof/commitment.ts';
import { profilePasses } from '../../proof/profile.ts';
import { encodeChallenge } from '../messages/challenge-message.ts';
import type { Commit } from '../messages/commit.ts';
import type { Lottery } from './lottery.ts';
import type { PrimaryParts } from './primary-options.ts';

/** A Commit that was taken, and what was asked about it. */
export interface Challenged {
  /** The Commit message. */
  readonly commit: Uint8Array;
  /** The Challenge message: the answer to this Commit, however often it comes. */
  readonly message: Uint8Array;
  /** What the storer must prove. */
  readonly statement: Statement;
  readonly expected: Challenge;
}

/**
 * The init challenge for an object: the whole replica up to 128 KiB, else 132 leaves that a fresh nonce draws.
 * @param nonce - 32 bytes
 * @see proof-of-replication.md, section 7
 */
function initChallenge(sizeBytes: number, profile: number, nonce: () => Uint8Array): Challenge {
  const mode = PROOF_MODE.init;
  if (blockCount(sizeBytes) <= WHOLE_BLOCKS)
    return { mode, form: PROOF_FORM.whole, k: 0, beacon: new Uint8Array(32) };
  const form = profilePasses(profile) === 0 ? PROOF_FORM.possession : PROOF_FORM.relation;
  return { mode, form, k: INIT_LEAVES, beacon: nonce() };
}

/** Draws the challenge for a Commit that fits the object. */
export function challengeCommit(
  taken: {
    readonly bytes: Uint8Array;
    readonly commit: Commit;
    readonly storerKey: Uint8Array;
  },
  object: {
    readonly id: ObjectId;
    readonly facts: ObjectFacts;
    readonly lottery: Pick<Lottery, 'round' | 'seed'>;
  },
  parts: Pick<PrimaryParts, 'signer' | 'random'>,
): Challenged {
  const { networkId, profile, replicaIndex, layerRoots } = taken.commit;
  const { round, seed } = object.lottery;
  const name = { id: object.id, profile, networkId, storerKey: taken.storerKey, seed, round, replicaIndex };
  const statement = { ...object.facts, ...name, layerRoots };
  const expected = initChallenge(object.facts.sizeBytes, profile, () => parts.random(32));
  const { k, beacon: nonce } = expected;
  const { signer } = parts;
  const challenge = { profile, networkId, commR: commR(statement), nonce, k, primaryKey: signer.publicKey };
  return { commit: taken.bytes, message: encodeChallenge(challenge, signer), statement, expected };
}

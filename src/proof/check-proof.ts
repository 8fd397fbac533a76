import { compareBytes, type ObjectId, objectIdHex } from '../content/object-id.ts';
import { isProvenderError } from '../content/provender-error.ts';
import type { Challenge } from './challenge.ts';
import { decodeCommitment, isSignedByStorer, type Statement } from './commitment.ts';
import { verifyProof } from './kernels.ts';
import { verifyReplicaProof } from './verify-replica.ts';
import { Rejection, type Verdict, verdictOf } from './verdict.ts';

/** A proof and the statement that it is of. */
export interface SignedProof {
  /** Bytes of the signed Commitment. */
  readonly commitment: Uint8Array;
  /** Bytes of the ReplicaProof. */
  readonly proof: Uint8Array;
}

/** What is known of a proof without looking at it. */
export interface ProofExpectation {
  readonly challenge: Challenge;
  /** What has to be proven; anything when absent. */
  readonly id?: ObjectId;
  /** Who has to prove it, 32 bytes; anyone when absent. */
  readonly storerKey?: Uint8Array;
}

/**
 * Checks a proof with everything that belongs to it: the Commitment is one, its storer signed it, it is of the expected object and storer, and
 * the proof answers the challenge. Hostile bytes lead to a verdict, never to an exception.
 *
 * @see proof-of-replication.md, section 9
 */
export function checkProof({ commitment, proof }: SignedProof, expected: ProofExpectation): Verdict {
  const { challenge, id, storerKey } = expected;
  let statement: Statement | undefined;
  const read = verdictOf(() => {
    statement = readStatement(commitment);
    if (id !== undefined && compareBytes(statement.id, id) !== 0)
      throw new Rejection('statement', `the commitment is of another object: ${objectIdHex(statement.id)}`);
    if (storerKey !== undefined && compareBytes(statement.storerKey, storerKey) !== 0)
      throw new Rejection('statement', 'the commitment is of another storer');
    if (!isSignedByStorer(commitment))
      throw new Rejection('statement', 'the signature of the commitment is not that of its storer key');
  });
  if (!read.ok || statement === undefined) return read;
  const verdict = verifyProof(statement, challenge, proof);
  if (verdict.ok) return verdict;
  const told = verifyReplicaProof(statement, challenge, proof); // the addon gives the reason, its twin says which part
  return told.ok ? verdict : told;
}

function readStatement(commitment: Uint8Array): Statement {
  try {
    return decodeCommitment(commitment);
  } catch (error) {
    if (isProvenderError(error)) throw new Rejection('statement', error.message);
    throw error;
  }
}

import { compareBytes, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { decodeCommitment, replicaId } from '../../proof/commitment.ts';
import type { FileDeclaration, PlacedName, SetOutcome } from '../shares.ts';
import type { ReplicaChoice } from './head-signing.ts';
import type { SetParts } from './share-parts.ts';

const SEED_SIZE = 32;

/**
 * Checks the form of a declared name.
 * @throws ProvenderError `PROVENDER_INVALID` without the id of the file, or for fields that a Commitment has no room for
 */
export function checkPlaced({ id }: FileDeclaration, { round, seed, replicaIndex }: PlacedName): void {
  if (id === undefined)
    throw invalid('placed without the id of the file: its replica depends on it; hash it first');
  if (round < 0n || round >= 2n ** 64n) throw invalid(`round ${round}, from 0 to 2^64 - 1`);
  if (seed.length !== SEED_SIZE) throw invalid(`seed of ${seed.length} bytes, not ${SEED_SIZE}`);
  if (!Number.isSafeInteger(replicaIndex) || replicaIndex < 0 || replicaIndex >= 2 ** 32)
    throw invalid(`replica index ${replicaIndex}, from 0 to 2^32 - 1`);
}

/**
 * Gives the outcome of a set when what stands is the replica that was asked for; without a declared name any replica is.
 * @throws ProvenderError `PROVENDER_CONFLICT` with round, index and profile of what is held
 */
export function sameReplica({ signing }: SetParts, wanted: ReplicaChoice, outcome: SetOutcome): SetOutcome {
  const { placed } = wanted;
  if (placed === undefined || !outcome.held) return outcome;
  const held = decodeCommitment(outcome.stat.commitment);
  if (compareBytes(replicaId(held), signing.replicaId(held.id, wanted)) === 0) return outcome;
  const { round, replicaIndex, profile } = held;
  const id = objectIdHex(held.id);
  throw new ProvenderError(
    'PROVENDER_CONFLICT',
    `file ${id} is held as replica ${replicaIndex} of round ${round} in profile ${profile}, not as replica ${placed.replicaIndex} of round ${placed.round} in profile ${wanted.profile}: remove it first`,
    { details: { id, round, replicaIndex, profile } },
  );
}

function invalid(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', what);
}

import type { Signer, Statement } from '../../proof/commitment.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';
import type { Assign } from '../messages/assign.ts';
import { encodeCommit } from '../messages/commit.ts';
import { encodeFetch } from '../messages/fetch.ts';
import type { CommitReply, NodePeer, PrimaryCalls, ReplicaKeeper } from '../ports.ts';
import { isPlacementReason, type PlacementReason } from '../reasons.ts';
import { acceptChallenge } from './challenge-check.ts';
import { fetchContent } from './content-fetch.ts';
import type { OwnClaim } from './own-claims.ts';
import type { ReplicaRecords } from './replica-records.ts';
import { retrying } from './retrying.ts';
import { abortReason } from './time-limit.ts';

/** What the work of an assignment needs. */
export interface AssignmentParts {
  readonly keeper: ReplicaKeeper;
  readonly primaries: PrimaryCalls;
  readonly records: ReplicaRecords;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Time of one call that does not answer, and of a source that sends nothing; of a source at most half of the deadline. */
  readonly callMs: number;
  onBytes(bytes: number): void;
}

/** One assignment. */
export interface Assignment {
  readonly own: OwnClaim;
  readonly assign: Assign;
  /** The primary that signed the Assign. */
  readonly primary: NodePeer;
  /** Seed of round r, 32 bytes. */
  readonly seed: Uint8Array;
  /** Aborts at the deadline, when the log has spoken, and when the storer closes. */
  readonly signal: AbortSignal;
  /** Hears that the Commit goes out: from now on a SetKey can name the replica. */
  onCommitted(): void;
}

/** How the work ended; the log has the last word on what is committed. */
export type RunOutcome =
  | { readonly proven: true }
  | { readonly proven: false; readonly reason: PlacementReason };

/**
 * Fetches, keeps, commits and proves. Before the first byte is kept a durable record says so, and before the Commit goes out another.
 * @throws nothing: what fails gives its reason
 */
export async function runAssignment(parts: AssignmentParts, work: Assignment): Promise<RunOutcome> {
  let step: PlacementReason = 'held';
  try {
    if (await parts.keeper.holds(work.own.claim.id)) return { proven: false, reason: 'held' };
    step = 'fetch';
    await parts.records.begin(work.own.claim.id, work.own.bytes);
    const statement = await keepReplica(parts, work);
    step = 'commit';
    await parts.records.commit(work.own.claim.id, work.own.bytes);
    work.onCommitted();
    const reply = await sendCommit(parts, work, statement);
    if (!reply.ok) return { proven: false, reason: reply.reason };
    step = 'prove';
    return await answerChallenge(parts, work, { statement, challenge: reply.challenge });
  } catch (error) {
    return {
      proven: false,
      reason: failureReason(work.signal.aborted ? abortReason(work.signal) : error, step),
    };
  }
}

async function keepReplica(parts: AssignmentParts, work: Assignment): Promise<Statement> {
  const { own, assign, seed, signal } = work;
  const { id, round, profile, networkId } = own.claim;
  const { kind, sizeBytes, count } = own.announced.announce;
  const { publicKey: storerKey } = parts.signer;
  const source = fetchContent({
    primaries: parts.primaries,
    sources: assign.sources,
    sizeBytes,
    request: (offset) =>
      encodeFetch({ profile, networkId, claimHash: own.hash, offset, storerKey }, parts.signer),
    clock: parts.clock,
    signal,
    stallMs: Math.min(parts.callMs, assign.deadlineMs / 2),
    onBytes: (bytes) => parts.onBytes(bytes),
  });
  const placed = { round, seed, replicaIndex: 0 };
  const object = { id, kind, sizeBytes, count, profile };
  const { dataRoot, layerRoots } = await parts.keeper.keep({ ...object, placed }, source, { signal });
  return { ...object, networkId, storerKey, ...placed, dataRoot, layerRoots };
}

function sendCommit(parts: AssignmentParts, work: Assignment, statement: Statement): Promise<CommitReply> {
  const { profile, networkId, replicaIndex, sizeBytes, layerRoots } = statement;
  const commit = { profile, networkId, claimHash: work.own.hash, replicaIndex, sizeBytes, layerRoots };
  const message = encodeCommit(commit, parts.signer);
  return retrying(
    (signal) => parts.primaries.commit(work.primary, message, { signal }),
    patience(parts, work, 'commit'),
  );
}

async function answerChallenge(
  parts: AssignmentParts,
  work: Assignment,
  { statement, challenge }: { readonly statement: Statement; readonly challenge: Uint8Array },
): Promise<RunOutcome> {
  const asked = acceptChallenge(challenge, statement, work.primary.storerKey);
  const proof = await parts.keeper.prove(statement.id, asked, { signal: work.signal });
  const answer = { claimHash: work.own.hash, proof };
  const reply = await retrying(
    (signal) => parts.primaries.prove(work.primary, answer, { signal }),
    patience(parts, work, 'prove'),
  );
  return reply.ok ? { proven: true } : { proven: false, reason: reply.reason };
}

function patience(parts: AssignmentParts, { signal }: Assignment, what: string) {
  return { clock: parts.clock, signal, tryMs: parts.callMs, what };
}

/** What an error says for explanations; `step` when it says nothing better. */
function failureReason(error: unknown, step: PlacementReason): PlacementReason {
  if (isProvenderError(error, 'PROVENDER_OVER_QUOTA')) return 'full';
  if (isProvenderError(error, 'PROVENDER_CONFLICT')) return 'held';
  if (isProvenderError(error, 'PROVENDER_TIMEOUT')) return 'late';
  const reason = isProvenderError(error) ? error.details['reason'] : undefined;
  return typeof reason === 'string' && isPlacementReason(reason) ? reason : step;
}

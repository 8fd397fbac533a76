import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Commit } from '../messages/commit.ts';
import type { FetchRequest } from '../messages/fetch.ts';
import { isSigned } from '../messages/signed-message.ts';
import type { CommitReply, PlacementReply, StagedContent } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { type Challenged, challengeCommit } from './challenged.ts';
import type { Lottery } from './lottery.ts';
import type { PlacingObject } from './placing-object.ts';
import type { PlacementRun } from './run/placement-run.ts';
import type { RunEvent } from './run/run-events.ts';
import { isActive, type Seat } from './run/seat.ts';
import type { SharedWork } from './shared-work.ts';
import { abortError, linkSignals } from './waiting.ts';

/** What a placement lends the desk once its content is there. */
export interface ReplicaDeskParts {
  readonly work: SharedWork;
  readonly object: PlacingObject;
  readonly staged: StagedContent;
  readonly lottery: Lottery;
  readonly run: PlacementRun;
  readonly tell: (event: RunEvent) => void;
  /** Aborts when a storer loses its place or the placement ends. */
  readonly released: (hash: string) => AbortSignal;
}

/** Reasons by which a seat ends when its time runs out; what comes then is late. */
const OVERDUE: readonly PlacementReason[] = ['unreachable', 'fetch', 'commit', 'prove'];
/** What everybody can make without knowing commitment and nonce; it must not cost a storer its place. */
const ANONYMOUS = new Set(['format', 'limit', 'statement', 'challenge']);

/** Serves the storers that have a place: content, challenges, and the check of what they prove. */
export class ReplicaDesk {
  readonly #parts: ReplicaDeskParts;
  readonly #challenged = new Map<string, Challenged>();
  readonly #streams = new Map<string, { readonly abort: AbortController; readonly count: number }>();
  readonly #proofs = new Map<
    string,
    { readonly proof: Uint8Array; readonly reply: Promise<PlacementReply> }
  >();

  constructor(parts: ReplicaDeskParts) {
    this.#parts = parts;
  }

  /** Content for an assigned storer. A new stream ends the one before: a storer that lost its connection must not wait for it. */
  async *fetch(message: Uint8Array, request: FetchRequest, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const { staged, tell, released, work } = this.#parts;
    const hash = bytesToHex(request.claimHash);
    const refusal = this.#refuseFetch(message, request);
    if (refusal !== undefined) throw denied(refusal);
    const before = this.#streams.get(hash);
    before?.abort.abort(new ProvenderError('PROVENDER_CANCELLED', 'the storer has begun to fetch anew'));
    const count = (before?.count ?? 0) + 1;
    if (count > work.parts.limits.fetches) throw denied('fetch');
    const abort = new AbortController();
    this.#streams.set(hash, { abort, count });
    tell({ what: 'fetch', hash });
    const end = linkSignals(abort.signal, released(hash), ...(signal === undefined ? [] : [signal]));
    try {
      for await (const piece of staged.read(request.offset, { signal: end.signal })) {
        if (end.signal.aborted) throw abortError(end.signal);
        work.parts.events.served(piece.length);
        yield piece;
      }
    } finally {
      end.unlink();
    }
  }

  #refuseFetch(message: Uint8Array, request: FetchRequest): PlacementReason | undefined {
    const seat = this.#parts.run.seat(bytesToHex(request.claimHash));
    if (seat === undefined || !isActive(seat)) return refusalOf(seat);
    const { storerKey } = seat.candidate;
    if (compareBytes(request.storerKey, storerKey) !== 0 || !isSigned(message, storerKey)) return 'signature';
    return request.offset > this.#parts.object.sizeBytes ? 'mismatch' : undefined;
  }

  /** Takes a Commit, or gives the answer that it got before. */
  async commit(message: Uint8Array, commit: Commit): Promise<CommitReply> {
    const { work, run } = this.#parts;
    const hash = bytesToHex(commit.claimHash);
    const seat = run.seat(hash);
    if (seat === undefined) return { ok: false, reason: 'unassigned' };
    const known = this.#challenged.get(hash);
    if (known !== undefined && compareBytes(known.commit, message) !== 0)
      return this.#contradicted({ seat, known, message });
    if (known !== undefined && (isActive(seat) || seat.state === 'signed'))
      return { ok: true, challenge: known.message };
    if (!isActive(seat)) return { ok: false, reason: refusalOf(seat) };
    const reason = this.#mismatch(commit) ?? signatureOf(message, seat);
    if (reason !== undefined) return { ok: false, reason };
    const { object, staged, lottery } = this.#parts;
    const taken = { bytes: message, commit, storerKey: seat.candidate.storerKey };
    const challenged = challengeCommit(taken, { id: object.id, facts: staged.facts, lottery }, work.parts);
    this.#challenged.set(hash, challenged);
    this.#parts.tell({ what: 'commit', hash, commit: message });
    return { ok: true, challenge: challenged.message };
  }

  #mismatch({ networkId, profile, sizeBytes, replicaIndex }: Commit): PlacementReason | undefined {
    const { object, work } = this.#parts;
    if (compareBytes(networkId, work.parts.genesis.networkId) !== 0) return 'network';
    if (profile !== object.profile) return 'profile';
    return sizeBytes !== object.sizeBytes || replicaIndex !== 0 ? 'mismatch' : undefined;
  }

  /** A second Commit: when the storer has signed both, they are evidence, and it loses its place. */
  async #contradicted(two: {
    readonly seat: Readonly<Seat>;
    readonly known: Challenged;
    readonly message: Uint8Array;
  }): Promise<CommitReply> {
    const { seat, known, message } = two;
    const reason = signatureOf(message, seat);
    if (reason !== undefined) return { ok: false, reason };
    const { hash, storerKey } = seat.candidate;
    const { events, state } = this.#parts.work.parts;
    this.#parts.tell({ what: 'spoiled', hash, reason: 'contradiction' });
    events.evidence({ claimHash: hexToBytes(hash), storerKey, first: known.commit, second: message });
    const value = concatBytes(known.commit, message);
    await state.txn({ then: [{ put: `primary/evidence/${hash}`, value }] });
    return { ok: false, reason: 'contradiction' };
  }

  /**
   * Checks the proof of a storer that has its challenge. The same proof twice is checked once.
   * @throws ProvenderError `PROVENDER_BUSY` while another proof for the claim is checked: proofs are large, and anybody may send one
   */
  async prove(claimHash: Uint8Array, proof: Uint8Array): Promise<PlacementReply> {
    const hash = bytesToHex(claimHash);
    const running = this.#proofs.get(hash);
    if (running !== undefined) {
      if (compareBytes(running.proof, proof) === 0) return running.reply;
      throw new ProvenderError('PROVENDER_BUSY', 'another proof for this claim is being checked');
    }
    const reply = this.#check(hash, proof);
    this.#proofs.set(hash, { proof, reply });
    try {
      return await reply;
    } finally {
      this.#proofs.delete(hash);
    }
  }

  async #check(hash: string, proof: Uint8Array): Promise<PlacementReply> {
    const { run, work, tell } = this.#parts;
    const early = answerOf(run.seat(hash));
    if (early !== undefined) return early;
    const challenged = this.#challenged.get(hash);
    if (challenged === undefined) return { ok: false, reason: 'unassigned' };
    const { verdict, tookMs } = await work.proofs.check({ ...challenged, proof });
    work.parts.events.prove(verdict.ok ? 'ok' : 'possession', tookMs);
    const late = answerOf(run.seat(hash)); // time went by
    if (late !== undefined) return late;
    if (verdict.ok) tell({ what: 'proof', hash });
    else if (ANONYMOUS.has(verdict.reason)) tell({ what: 'doubt', hash });
    else tell({ what: 'proof', hash, reason: 'possession' });
    return verdict.ok ? { ok: true } : { ok: false, reason: 'possession' };
  }
}

/** The answer to a proof that needs no check. */
function answerOf(seat: Readonly<Seat> | undefined): PlacementReply | undefined {
  if (seat?.state === 'complete' || seat?.state === 'signed') return { ok: true };
  return seat !== undefined && isActive(seat) ? undefined : { ok: false, reason: refusalOf(seat) };
}

function refusalOf(seat: Readonly<Seat> | undefined): PlacementReason {
  if (seat?.state !== 'passed' || seat.reason === undefined) return 'unassigned';
  return OVERDUE.includes(seat.reason) ? 'late' : seat.reason;
}

function signatureOf(message: Uint8Array, { candidate }: Readonly<Seat>): PlacementReason | undefined {
  return isSigned(message, candidate.storerKey) ? undefined : 'signature';
}

function denied(reason: PlacementReason): ProvenderError {
  return new ProvenderError('PROVENDER_DENIED', `no content for this storer: ${reason}`, {
    details: { reason },
  });
}

import type { ObjectId } from '../../content/object-id.ts';
import type { PlacementReason } from '../reasons.ts';
import { type Assignment, type AssignmentParts, runAssignment, type RunOutcome } from './assignment-run.ts';
import type { StorerExplanations, StorerStage } from './explanation.ts';
import type { Lanes } from './lanes.ts';
import type { OwnClaim } from './own-claims.ts';
import type { Reservations } from './reservations.ts';
import { Backoff } from './retrying.ts';
import type { StorerEvents } from './storer-events.ts';
import { abortReason, timeLimit } from './time-limit.ts';

/** What the log says of a replica in the end. */
export type LogVerdict =
  | { readonly isPlaced: true; readonly setKeyRound: bigint }
  | { readonly isPlaced: false; readonly reason: PlacementReason };

/** What a replica needs from its assignment to its end. */
export interface PendingParts extends AssignmentParts {
  readonly lanes: Lanes;
  readonly reservations: Reservations;
  readonly explanations: StorerExplanations;
  readonly events: StorerEvents;
  /** Aborts when the storer closes. */
  readonly closing: AbortSignal;
}

/** Which replica. */
export interface PendingName {
  readonly id: ObjectId;
  /** r. */
  readonly round: bigint;
  /** The Claim message. */
  readonly bytes: Uint8Array;
}

/**
 * One replica from its assignment until the log has spoken. Work and log run beside each other: whatever the primary answers, a replica whose Commit
 * may have gone out waits for the log; one whose Commit has not is dropped when its work fails.
 */
export class PendingReplica {
  readonly name: PendingName;
  readonly #parts: PendingParts;
  /** Ends the work: the log has spoken, or the storer closes. */
  readonly #stop = new AbortController();
  readonly #startedMs: number;
  #verdict: LogVerdict | undefined;
  #isCommitted = false;

  constructor(parts: PendingParts, name: PendingName) {
    this.#parts = parts;
    this.name = name;
    this.#startedMs = parts.clock.now();
    const stop = (): void => this.#stop.abort(parts.closing.reason);
    if (parts.closing.aborted) stop();
    else parts.closing.addEventListener('abort', stop, { once: true, signal: this.#stop.signal });
  }

  /** Says what the log says; the first word counts. */
  settle(verdict: LogVerdict): void {
    this.#verdict ??= verdict;
    this.#stop.abort();
  }

  /** Does an assignment and sees to its end. @returns when nothing is left to do, or the storer closes */
  async undertake(own: OwnClaim, work: Pick<Assignment, 'assign' | 'primary' | 'seed'>): Promise<void> {
    const outcome = await this.#work(own, work);
    this.#parts.reservations.release(own.key);
    own.isSpent = !outcome.proven;
    if (outcome.proven) this.#advance('proven');
    else if (this.#isCommitted) this.#advance('committed', outcome.reason);
    await this.#end(outcome);
  }

  /** Sees to the end of a replica that was committed before a restart. */
  async resume(): Promise<void> {
    this.#isCommitted = true;
    await this.#end({ proven: true });
  }

  async #work(own: OwnClaim, work: Pick<Assignment, 'assign' | 'primary' | 'seed'>): Promise<RunOutcome> {
    const { clock, lanes, reservations } = this.#parts;
    const deadline = timeLimit(clock, work.assign.deadlineMs, 'assignment', this.#stop.signal);
    const onCommitted = (): void => {
      this.#isCommitted = true;
      this.#advance('committed');
      reservations.release(own.key); // what is kept counts as stored now
    };
    const assignment = { ...work, own, signal: deadline.signal, onCommitted };
    try {
      return await lanes.run(() => runAssignment(this.#parts, assignment), deadline.signal);
    } catch {
      return { proven: false, reason: 'late' }; // its turn never came
    } finally {
      deadline.end();
    }
  }

  async #end(outcome: RunOutcome): Promise<void> {
    if (this.#isCommitted) await this.#spoken();
    const verdict = this.#verdict;
    if (verdict?.isPlaced === true) {
      await this.#place(verdict.setKeyRound);
    } else if (verdict !== undefined || !this.#isCommitted) {
      const reason = verdict?.reason ?? (outcome.proven ? undefined : outcome.reason);
      await this.#drop(reason);
    }
    this.#stop.abort(); // lets go of the signal of the storer
  }

  /** Waits for the log, or for the storer to close: then the durable record stays for the next start. */
  async #spoken(): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async #place(setKeyRound: bigint): Promise<void> {
    const { records, keeper } = this.#parts;
    const { id, bytes } = this.name;
    await this.#stubbornly('state', async () => {
      const isHeld = await keeper.holds(id);
      await records.place(id, { claim: bytes, setKeyRound });
      this.#advance('placed');
      this.#ended(isHeld ? 'placed' : 'lost');
    });
  }

  async #drop(reason: PlacementReason | undefined): Promise<void> {
    const { keeper, records } = this.#parts;
    const { id } = this.name;
    const wasCommitted = this.#isCommitted;
    await this.#stubbornly('drop', async () => {
      if (reason !== 'held') await keeper.drop(id); // what is held under another name is not ours to drop
      await records.forget(id);
      this.#advance(wasCommitted ? 'dropped' : 'passed', reason);
      this.#ended(wasCommitted ? 'dropped' : 'failed', reason);
    });
  }

  /** Repeats what must be done until it is, or the storer closes: then the durable record stays, and the next start does it. */
  async #stubbornly(what: 'state' | 'drop', work: () => Promise<void>): Promise<void> {
    const { clock, closing, events } = this.#parts;
    for (const backoff = new Backoff(); ; ) {
      try {
        await work();
        return;
      } catch (error) {
        events.trouble(what, error);
        if (closing.aborted) return;
      }
      await clock.sleep(backoff.next(), closing).catch(() => abortReason(closing)); // one last try when it closes
    }
  }

  #ended(outcome: 'placed' | 'lost' | 'dropped' | 'failed', reason?: PlacementReason): void {
    const { clock, events } = this.#parts;
    const tookMs = clock.now() - this.#startedMs;
    events.ended(outcome, { id: this.name.id, tookMs, ...(reason !== undefined && { reason }) });
  }

  #advance(stage: StorerStage, reason?: PlacementReason): void {
    const { explanations, clock } = this.#parts;
    const changedUnixMs = clock.unixMs();
    explanations.advance(this.name, { stage, changedUnixMs, ...(reason !== undefined && { reason }) });
  }
}

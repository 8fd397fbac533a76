import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { StepHook } from '../step-hook.ts';
import { isRadosError } from './client/rados-error.ts';
import { type CloserParts, closeDead } from './close-dead.ts';
import type { JanitorSession, PodJanitor } from './janitor.ts';
import type { LiveSession } from './live-session.ts';
import type { PaymentMarks } from '../payment-marks.ts';
import type { RadosEvents } from './rados-events.ts';
import { SessionObserver } from './session-observer.ts';
import { readSessionRows, type SessionRows } from './session-rows.ts';
import { isGone, sweepStaged } from './sweep.ts';

/** How the background duties of a session are done. */
export interface DutyOptions {
  readonly beatMs: number;
  readonly deadMs: number;
  /** Between two looks through the rows of removed objects. */
  readonly lookMs: number;
  readonly janitor: PodJanitor;
  readonly marks: PaymentMarks | undefined;
  readonly events: RadosEvents;
  readonly step: StepHook;
  readonly nowMs: () => number;
  /** Former sessions of this very pod: dead without being watched. */
  readonly predecessors: ReadonlySet<number>;
  /** Stops the duties; what has been sent is waited for. */
  readonly stop: AbortSignal;
}

/** How often the janitor looks what is due, at most. */
const WORK_MS = 1000;
/** Times the dead time that a pod without the right to fence leaves a session to others. */
const OTHERS_TURN = 4;
const NO_ROWS: SessionRows = { next: 1, records: new Map() };

/** What a session does beside the calls: it beats, watches the others, closes the dead, cleans up. */
export class SessionDuties {
  readonly #live: LiveSession;
  readonly #options: DutyOptions;
  readonly #signal: AbortSignal;
  readonly #observer: SessionObserver;
  readonly #postponed = new Map<number, number>();
  readonly #fenced = new Set<number>();
  #rows = NO_ROWS;
  #publishing = 0;

  constructor(live: LiveSession, options: DutyOptions) {
    this.#live = live;
    this.#options = options;
    this.#signal = AbortSignal.any([live.ended, options.stop]);
    setMaxListeners(0, this.#signal);
    this.#observer = new SessionObserver(options);
  }

  /** Whether a publish on behalf of another session is unanswered: then only its fence may end this one. */
  get isPublishing(): boolean {
    return this.#publishing > 0;
  }

  /** What the janitor works with until `signal` is aborted. */
  janitorSession(signal: AbortSignal): JanitorSession {
    const { number, objects, data, indexShards } = this.#live;
    return { number, objects, data, indexShards, step: this.#options.step, answer: this.#answer(signal) };
  }

  /** Runs until the session ends or the duties are stopped. */
  async run(sweepGone: boolean): Promise<void> {
    const { beatMs, lookMs, janitor } = this.#options;
    const session = this.janitorSession(this.#signal);
    await Promise.all([
      this.#repeat('beat', beatMs, () => this.#beatAndWatch()),
      this.#repeat('close dead sessions', beatMs, () => closeDead(this.#closerParts(), this.#rows)),
      this.#repeat('janitor', Math.min(WORK_MS, lookMs), () => janitor.work(session)),
      this.#repeat('look for removed objects', lookMs, () => janitor.look(session)),
      sweepGone ? this.#once('sweep of former sessions', () => this.#sweepGone()) : undefined,
    ]);
  }

  async #beatAndWatch(): Promise<void> {
    const answer = this.#answer(this.#signal);
    await this.#live.beat(answer);
    this.#rows = await readSessionRows(this.#live.objects, answer);
    this.#observer.observe(this.#rows.records, this.#options.nowMs());
  }

  /** Leftovers of sessions without a record: what landed after their sweep, or was kept from another time. */
  async #sweepGone(): Promise<void> {
    const parts = { ...this.#closerParts(), marks: undefined };
    const rows = await readSessionRows(parts.objects, parts.answer);
    const result = await sweepStaged(parts, (session) => isGone(rows, session), parts.answer);
    if (result.tags > 0) parts.events.swept?.({ session: 0, ...result });
  }

  #closerParts(): CloserParts {
    const { marks, events, step, lookMs, deadMs } = this.#options;
    const { number, connection, objects, data, indexShards } = this.#live;
    return {
      me: number,
      connection,
      objects,
      data,
      indexShards,
      marks,
      events,
      step,
      fenced: this.#fenced,
      answer: this.#answer(this.#signal),
      isDead: (session) => this.#isDead(session),
      postpone: (session) => this.#postpone(session, lookMs),
      leaveToOthers: (session) => this.#postpone(session, Math.max(lookMs, OTHERS_TURN * deadMs)),
      publishing: async (publish) => {
        this.#publishing++;
        await publish().catch((error: unknown) => {
          if (isRadosError(error)) this.#publishing--; // an answer; one that ends without stays counted
          throw error;
        });
        this.#publishing--;
      },
    };
  }

  #postpone(session: number, forMs: number): void {
    this.#postponed.set(session, this.#options.nowMs() + forMs);
  }

  #isDead(session: number): boolean {
    if ((this.#postponed.get(session) ?? 0) > this.#options.nowMs()) return false;
    return this.#options.predecessors.has(session) || this.#observer.isDead(session);
  }

  #answer(signal: AbortSignal): { signal: AbortSignal; onRetry: () => void } {
    const onRetry = (): void =>
      this.#options.events.retried?.({ operation: 'session duty', key: `session ${this.#live.number}` });
    return { signal, onRetry };
  }

  async #repeat(duty: string, everyMs: number, task: () => Promise<void>): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#once(duty, task);
      await wait(everyMs, undefined, { signal: this.#signal }).catch(() => undefined);
    }
  }

  async #once(duty: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#live.failed(error);
      if (!this.#signal.aborted) this.#options.events.dutyFailed?.({ duty, error });
    }
  }
}

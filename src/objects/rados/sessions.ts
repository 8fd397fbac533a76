import { setTimeout as wait } from 'node:timers/promises';
import { ProvenderError } from '../../content/provender-error.ts';
import { noSteps, type StepHook } from '../step-hook.ts';
import type { RadosLoad } from './client/rados-cluster-types.ts';
import { type JanitorSession, PodJanitor } from './janitor.ts';
import { LiveSession, type StoreConnection } from './live-session.ts';
import type { PaymentMarks } from '../payment-marks.ts';
import type { RadosEvents } from './rados-events.ts';
import type { Janitor, RadosSession } from './rados-session.ts';
import { SessionDuties } from './session-duties.ts';
import { connectStore, openError, type StorePlace } from './store-connection.ts';

/** How a pod takes part in a store. */
export interface SessionsOptions extends StorePlace {
  /** Name for people, in the record. */
  readonly podName: string;
  /** Between two beats; 5 s by default. */
  readonly beatMs?: number;
  /** A foreign session that does not beat for this long is closed; 30 s by default. */
  readonly deadMs?: number;
  /** Time for running readers between a removal and the deletion of the data; 60 s by default. */
  readonly removalDelayMs?: number;
  /** Between two looks through the rows of removed objects; 60 s by default. */
  readonly lookMs?: number;
  /** Bound on the clean-up of a polite close; 10 s by default. What is left the next session removes. */
  readonly closeGraceMs?: number;
  /** Called between any two durable steps; only tests pass it. */
  readonly onStep?: StepHook;
  readonly events?: RadosEvents;
  /** Without it staged data with a payment is kept and reported. */
  readonly marks?: PaymentMarks;
}

/** What has a default. */
interface Defaults {
  readonly beatMs: number;
  readonly deadMs: number;
  readonly removalDelayMs: number;
  readonly lookMs: number;
  readonly closeGraceMs: number;
  readonly onStep: StepHook;
  readonly events: RadosEvents;
}

const DEFAULTS: Defaults = {
  beatMs: 5000,
  deadMs: 30_000,
  removalDelayMs: 60_000,
  lookMs: 60_000,
  closeGraceMs: 10_000,
  onStep: noSteps,
  events: {},
};
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;

interface Running {
  readonly live: LiveSession;
  readonly duties: SessionDuties;
}

/**
 * The sessions of one pod, one after the other: a session that was fenced or lost is followed by a new one with a new client address.
 * States: open -> closing -> closed.
 *
 * @see object-layout.md, sections 4 and 6
 */
export class Sessions implements AsyncDisposable {
  readonly #options: SessionsOptions & Defaults;
  readonly #janitor: PodJanitor;
  readonly #stop = new AbortController();
  readonly #predecessors = new Set<number>();
  #running: Running | undefined;
  #loop: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(options: SessionsOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#janitor = new PodJanitor({
      session: () => this.#janitorSession(),
      events: this.#options.events,
      removalDelayMs: this.#options.removalDelayMs,
      nowMs: () => performance.now(),
    });
  }

  /**
   * Opens the first session; makes the store when there is none.
   *
   * @throws ProvenderError `PROVENDER_CONFIG`, `PROVENDER_CORRUPT` or `PROVENDER_UNAVAILABLE`, and what `connect` throws; nothing is left open then
   */
  static async open(options: SessionsOptions): Promise<Sessions> {
    const sessions = new Sessions(options);
    await sessions.#begin();
    sessions.#loop = sessions.#run();
    return sessions;
  }

  /** @throws ProvenderError `PROVENDER_UNAVAILABLE` while a lost session is being followed by a new one, `PROVENDER_CLOSED` after close */
  current(): RadosSession {
    if (this.#closed !== undefined || this.#stop.signal.aborted) throw closedStore();
    if (this.#running === undefined || this.#running.live.ended.aborted)
      throw new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        'no session with the object store; a new one is being opened',
      );
    return this.#running.live;
  }

  /** What the connection has to do now; nothing while there is none. */
  load(): RadosLoad {
    return this.#running?.live.connection.load() ?? { inFlight: 0, inFlightBytes: 0, queued: 0 };
  }

  get janitor(): Janitor {
    return this.#janitor;
  }

  /**
   * Ends the session: staged leftovers and removed data go, then the record. What cannot be done in time, or when an operation is unanswered, is left
   * with the record to the sweep of another session. The caller has ended its own calls. Idempotent.
   */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  /** Ends the session where it stands: what is in flight is given up at once. Its record stays for the sweep; to be followed by `close`. Idempotent. */
  cut(): void {
    this.#stop.abort(closedStore());
    const live = this.#running?.live;
    if (live === undefined) return;
    live.end('it was closed', 'PROVENDER_CLOSED');
    // its end is waited for, and its failure told, by `close`
    live.connection.close({ graceMs: 0 }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin(): Promise<void> {
    const { onStep, podName, events } = this.#options;
    const { signal } = this.#stop;
    const store = await connectStore(this.#options, { step: onStep, signal });
    const live = await beginSession(store, podName, signal).catch((error: unknown) => {
      throw openError(this.#options, error);
    });
    await onStep('session: record');
    const duties = new SessionDuties(live, {
      beatMs: this.#options.beatMs,
      deadMs: this.#options.deadMs,
      lookMs: this.#options.lookMs,
      janitor: this.#janitor,
      marks: this.#options.marks,
      events,
      step: onStep,
      nowMs: () => performance.now(),
      predecessors: this.#predecessors,
      stop: signal,
    });
    this.#running = { live, duties };
    events.sessionOpened?.({ session: live.number, address: live.address });
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#running === undefined) await this.#reopen();
      const running = this.#running;
      if (running === undefined) return;
      await running.duties.run(this.#predecessors.size === 0);
      if (running.live.ended.aborted && !this.#stop.signal.aborted) await this.#lose(running.live);
    }
  }

  async #lose(live: LiveSession): Promise<void> {
    const { reason } = live.ended;
    this.#options.events.sessionLost?.({
      session: live.number,
      reason: reason instanceof Error ? reason.message : String(reason),
    });
    this.#running = undefined;
    this.#predecessors.add(live.number);
    this.#janitor.forget(live.number);
    await live.connection.close({ graceMs: 0 });
  }

  async #reopen(): Promise<void> {
    const { signal } = this.#stop;
    for (let pauseMs = MIN_BACKOFF_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, MAX_BACKOFF_MS)) {
      try {
        await this.#begin();
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.events.reconnectFailed?.({ error, retryInMs: pauseMs });
      }
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #end(): Promise<void> {
    this.#stop.abort(closedStore());
    await this.#loop;
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    const { live, duties } = running;
    try {
      if (!live.ended.aborted) await this.#leave(live, duties);
    } catch (error) {
      this.#options.events.dutyFailed?.({ duty: `end of session ${live.number}`, error });
    } finally {
      live.end('it was closed', 'PROVENDER_CLOSED');
      await live.connection.close();
    }
  }

  async #leave(live: LiveSession, duties: SessionDuties): Promise<void> {
    const signal = AbortSignal.any([live.ended, AbortSignal.timeout(this.#options.closeGraceMs)]);
    const session = duties.janitorSession(signal);
    await this.#janitor.look(session);
    await this.#janitor.work(session, true);
    const unanswered = duties.isPublishing || this.#janitor.isPublishing(live.number);
    if (unanswered || !this.#janitor.isDone) return;
    await live.leave(session.answer);
    await this.#options.onStep('session: record removed');
  }

  #janitorSession(): JanitorSession | undefined {
    const running = this.#running;
    return running?.duties.janitorSession(running.live.ended);
  }
}

function closedStore(): ProvenderError {
  return new ProvenderError('PROVENDER_CLOSED', 'the object store is closed');
}

async function beginSession(
  store: StoreConnection,
  podName: string,
  signal: AbortSignal,
): Promise<LiveSession> {
  try {
    return await LiveSession.begin(store, podName, { signal });
  } catch (error) {
    await store.connection.close({ graceMs: 0 });
    throw error;
  }
}

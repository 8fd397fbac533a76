import { setTimeout as wait } from 'node:timers/promises';
import type { StoreHealth, StoreUsage } from '../object-store.ts';
import { isRadosError } from './client/rados-error.ts';
import { FORMAT_KEY } from './keys.ts';
import { PoolBytes } from './pool-bytes.ts';
import { PoolRoom } from './pool-room.ts';
import { portError } from './port-error.ts';
import type { RadosEvents } from './rados-events.ts';
import type { Janitor, RadosSession } from './rados-session.ts';
import { recount } from './recount.ts';
import { UsageCounts } from './usage-counts.ts';

/** @see object-layout.md, section 6, "Usage and quota" */
const REFRESH_MS = 2000;

/** What the usage is found out with. */
export interface RadosUsageParts {
  /** @throws ProvenderError while there is no session */
  readonly session: () => RadosSession;
  readonly janitor: Janitor;
  readonly events: RadosEvents | undefined;
}

/** Usage and health of a pool, refreshed in the background. States: open (after `start`), closed. */
export class RadosUsage {
  readonly bytes = new PoolBytes();
  readonly counts = new UsageCounts();
  readonly room = new PoolRoom();
  readonly #parts: RadosUsageParts;
  readonly #stop = new AbortController();
  /** Session in which the objects were counted. */
  #counted = 0;
  #duties: Promise<unknown> = Promise.resolve();
  /** What the cluster answered instead of statistics: the pool is gone, the rights are. */
  #refusal: string | undefined;

  constructor(parts: RadosUsageParts) {
    this.#parts = parts;
  }

  /** Reads the statistics once, then begins to refresh and to count. @throws ProvenderError `PROVENDER_UNAVAILABLE` */
  async start(): Promise<void> {
    await this.#refresh();
    this.#duties = Promise.all([
      this.#repeat('statistics of the pool', () => this.#refresh()),
      this.#repeat('recount', () => this.#recountOnce()),
    ]);
  }

  get usage(): StoreUsage {
    return { storedBytes: this.bytes.bytes, ...this.counts.counts };
  }

  get health(): StoreHealth {
    try {
      this.#parts.session();
    } catch (error) {
      return { writable: false, reason: error instanceof Error ? error.message : String(error) };
    }
    return this.#refusal === undefined ? this.room.health : { writable: false, reason: this.#refusal };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#duties;
  }

  async #refresh(): Promise<void> {
    const session = this.#parts.session();
    try {
      await session.objects.stat(FORMAT_KEY); // the statistics of a pool that was deleted may still be there
      const { bytes } = await session.objects.stats();
      this.bytes.report(bytes);
      this.#refusal = undefined;
      await this.room.probe(session, this.#parts.janitor);
    } catch (error) {
      const failure = portError(error, session, 'statistics of the pool');
      if (isRadosError(error) && failure instanceof Error) this.#refusal = failure.message;
      throw failure;
    }
  }

  /** Once for each session: with a session the outcome of what was in flight is lost. */
  async #recountOnce(): Promise<void> {
    const session = this.#parts.session();
    if (session.number === this.#counted) return;
    await recount(session, this.counts, this.#stop.signal);
    this.#counted = session.number;
  }

  /** Does a duty every 2 s; one that fails is tried again. */
  async #repeat(duty: string, task: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await task();
      } catch (error) {
        if (!signal.aborted) this.#parts.events?.dutyFailed?.({ duty, error });
      }
      await wait(REFRESH_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

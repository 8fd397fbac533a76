import type { Clock } from '../../src/placement/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. Sleepers wake in the order of their times. */
export class VirtualClock implements Clock {
  #now = 0;
  #unixMs: number;
  #sleepers: Sleeper[] = [];
  readonly #watchers = new Set<() => void>();

  /** @param unixMs - wall time at `now() === 0` */
  constructor(unixMs = Date.UTC(2026, 0, 1)) {
    this.#unixMs = unixMs;
  }

  now(): number {
    return this.#now;
  }

  unixMs(): number {
    return this.#unixMs + this.#now;
  }

  /** Sets the wall clock forth or back; `now` does not notice. */
  shiftUnix(ms: number): void {
    this.#unixMs += ms;
  }

  /** How many sleep now. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      const drop = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
      };
      const abort = (): void => {
        drop();
        if (signal !== undefined) reject(reasonOf(signal));
      };
      const wake = (): void => {
        drop();
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.push(sleeper);
      for (const look of this.#watchers) look();
    });
  }

  /** Resolves when at least `count` sleep: what a test waits for before it moves the time. */
  async untilSleeping(count: number): Promise<void> {
    while (this.#sleepers.length < count) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#watchers.delete(look);
          resolve();
        };
        this.#watchers.add(look);
      });
    }
  }

  /** Lets `ms` pass: wakes who is due, one time after the other, and lets what they start run before it goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let due = this.#firstUntil(end); due !== undefined; due = this.#firstUntil(end)) {
      this.#now = due.at;
      due.wake();
      await turn();
    }
    this.#now = end;
    await turn();
  }

  /** Lets time pass from one wake-up to the next until `work` has settled. Disk and network run in real time beside it. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const end = work.finally(() => {
      settled = true;
    });
    // The caller gets the rejection by `end`, awaited below.
    end.catch(() => undefined);
    while (!settled) {
      await turn();
      const next = this.#firstUntil(Number.POSITIVE_INFINITY);
      if (next !== undefined) await this.advance(next.at - this.#now);
    }
    return end;
  }

  #firstUntil(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const one of this.#sleepers) {
      if (one.at <= end && (first === undefined || one.at < first.at)) first = one;
    }
    return first;
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}

/** Some turns of the event loop, for what a wake-up starts. */
async function turn(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

import { setTimeout as wait } from 'node:timers/promises';

/** Time as the scrubber sees it; tests have their own. */
export interface ScrubClock {
  /** Milliseconds that only go forward. */
  nowMs(): number;
  /** Milliseconds of Unix time. */
  unixMs(): number;
  /** Waits; ends early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The clock of the machine. Its waits keep no process alive. */
export const systemClock: ScrubClock = {
  nowMs: () => performance.now(),
  unixMs: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined),
};

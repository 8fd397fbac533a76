/** A duty that fails the same way is told again after this long. */
const TELL_AGAIN_MS = 60_000;

interface Told {
  readonly message: string;
  readonly atMs: number;
  /** Failures since then that were not told. */
  untold: number;
}

/** Keeps a duty that is tried every few seconds from filling the log: a failure is told when it is new, and once a minute. */
export class RepeatedFailures {
  readonly #told = new Map<string, Told>();
  readonly #nowMs: () => number;

  /** @param nowMs - monotonic clock */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Takes a failure. @returns how many equal ones were left out since the last one that was told; undefined when this one is to be left out too */
  take(duty: string, message: string): number | undefined {
    const last = this.#told.get(duty);
    const atMs = this.#nowMs();
    if (last !== undefined && last.message === message && atMs - last.atMs < TELL_AGAIN_MS) {
      last.untold++;
      return undefined;
    }
    this.#told.set(duty, { message, atMs, untold: 0 });
    return last?.message === message ? last.untold : 0;
  }
}

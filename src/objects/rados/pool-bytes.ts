/** Statistics of a pool lag behind its writes: OSDs report every 5 s. */
const LAG_MS = 10_000;

/**
 * Bytes that a pool stores: its own statistics and, since those lag behind, what this pod wrote during the last 10 s. Rather too much than too little
 * for a moment, for the limit is judged by it. What this pod removes shows in the statistics only.
 */
export class PoolBytes {
  readonly #nowMs: () => number;
  #reported = 0;
  #written = 0;
  /** Own writes by the second in which they were made. */
  readonly #recent: { atMs: number; bytes: number }[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** What the pool says now. */
  report(bytes: bigint): void {
    this.#reported = Number(bytes);
    this.#forget();
  }

  /** This pod has written. */
  wrote(bytes: number): void {
    const atMs = this.#nowMs();
    const last = this.#recent.at(-1);
    if (last !== undefined && atMs - last.atMs < 1000) last.bytes += bytes;
    else this.#recent.push({ atMs, bytes });
    this.#written += bytes;
  }

  get bytes(): number {
    return this.#reported + this.#written;
  }

  #forget(): void {
    const since = this.#nowMs() - LAG_MS;
    for (let first = this.#recent[0]; first !== undefined && first.atMs < since; first = this.#recent[0]) {
      this.#written -= first.bytes;
      this.#recent.shift();
    }
  }
}

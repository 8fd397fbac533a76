/**
 * Pieces of several jobs, taken in turns: one piece of each job that waits, then the next of each, so that a long job delays a short one by no more
 * than one piece per thread and job. Pure state: no threads, no time.
 */
export class TurnQueue<T> {
  readonly #jobs = new Map<object, T[]>();

  /** Puts a job behind those that wait. @param job - by which `drop` finds it; without pieces nothing waits */
  add(job: object, pieces: readonly T[]): void {
    if (pieces.length > 0) this.#jobs.set(job, [...pieces]);
  }

  /** Takes the next piece of the job whose turn it is, which goes behind the others; nothing when nothing waits. */
  next(): T | undefined {
    const [turn] = this.#jobs;
    if (turn === undefined) return undefined;
    const [job, pieces] = turn;
    const piece = pieces.shift();
    this.#jobs.delete(job);
    if (pieces.length > 0) this.#jobs.set(job, pieces);
    return piece;
  }

  /** Forgets what waits of a job. */
  drop(job: object): void {
    this.#jobs.delete(job);
  }
}

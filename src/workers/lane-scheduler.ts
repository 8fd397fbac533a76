/** What a pool is made of. */
export interface LaneSchedulerOptions {
  /** Tasks that run at the same time. */
  readonly threads: number;
  /** Works that one task may hold when they are of one kind. */
  readonly lanes: number;
}

/** Works that one thread does in one task. */
export interface LaneGroup<T> {
  /** Of one kind, in the order of asking; one only when it is of no kind. */
  readonly works: readonly T[];
  /** What they have in common, as `add` was told. */
  readonly kind: number | undefined;
}

interface Waiting<T> {
  readonly work: T;
  readonly kind: number | undefined;
}

/**
 * Decides which works share a task: those of one kind that wait at the same time, side by side in the lanes of one thread, since lanes of one core
 * are about twice as fast as one. They spread over the threads that are free before they share one.
 *
 * Fair: the next group always begins with the work that has waited longest. Others of its kind may come along before their turn, which costs those
 * in between nothing but the time that the lanes take. So a work starts after at most as many groups as there were works before it.
 *
 * Pure state: no threads, no time. Whoever owns the threads calls `start` for each that is free, and `end` when it has done its group.
 */
export class LaneScheduler<T> {
  readonly #threads: number;
  readonly #lanes: number;
  readonly #waiting: Waiting<T>[] = [];
  readonly #running = new Set<LaneGroup<T>>();

  constructor({ threads, lanes }: LaneSchedulerOptions) {
    this.#threads = threads;
    this.#lanes = lanes;
  }

  /** Works that wait or run. */
  get size(): number {
    let running = 0;
    for (const { works } of this.#running) running += works.length;
    return this.#waiting.length + running;
  }

  /** Puts a work behind all others. @param kind - works of one kind may share a task; absent: it gets one of its own */
  add(work: T, kind?: number): void {
    this.#waiting.push({ work, kind });
  }

  /** The group that a free thread takes next, which counts as running from now on; nothing when no thread is free or nothing waits. */
  start(): LaneGroup<T> | undefined {
    const [first] = this.#waiting;
    if (first === undefined || this.#running.size >= this.#threads) return undefined;
    const group = { kind: first.kind, works: this.#take(first) };
    this.#running.add(group);
    return group;
  }

  /** Says that the thread of a group is free again, whatever became of its works. */
  end(group: LaneGroup<T>): void {
    this.#running.delete(group);
  }

  #take({ kind }: Waiting<T>): readonly T[] {
    let left = kind === undefined ? 1 : this.#share(kind);
    const taken: T[] = [];
    const rest: Waiting<T>[] = [];
    for (const one of this.#waiting) {
      const isTaken = left > 0 && one.kind === kind;
      if (isTaken) left -= 1;
      if (isTaken) taken.push(one.work);
      else rest.push(one);
    }
    this.#waiting.splice(0, this.#waiting.length, ...rest);
    return taken;
  }

  /** What one thread takes so that all threads that work on this kind, now or next, have about the same share. */
  #share(kind: number): number {
    const alike = this.#waiting.filter((one) => one.kind === kind).length;
    const others = this.#waiting.length - alike;
    const free = Math.max(1, this.#threads - this.#running.size - others);
    const running = [...this.#running].filter((group) => group.kind === kind);
    const lanesRunning = running.reduce((sum, { works }) => sum + works.length, 0);
    const fair = Math.ceil((alike + lanesRunning) / (free + running.length));
    return Math.min(this.#lanes, fair, Math.ceil(alike / free));
  }
}

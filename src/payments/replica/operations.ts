/** Ended operations that are remembered: more than a watch can be behind with. */
const REMEMBERED = 4096;

/**
 * The calls of this replica that have, or try to get, the lock of a channel: at most one for each channel. A lock that names this replica and whose
 * operation is not here belongs to nobody.
 */
export class Operations {
  /** By channel, the operation in hex. */
  readonly #running = new Map<bigint, string>();
  /** Operations whose lock is known to be gone for good; events about it may still come. */
  readonly #gone = new Set<string>();
  readonly #idle = new Set<() => void>();

  /** Tells whether a call of this replica has the channel. */
  isBusy(channelId: bigint): boolean {
    return this.#running.has(channelId);
  }

  /** Takes the channel, before anything is sent; `false` when another call has it. */
  enter(channelId: bigint, op: string): boolean {
    if (this.#running.has(channelId)) return false;
    this.#running.set(channelId, op);
    return true;
  }

  /**
   * Ends an operation.
   * @param isLockGone - every request for the lock was answered at once, and so was its deletion. Else it may be there, or come yet.
   */
  leave(channelId: bigint, op: string, { isLockGone }: { readonly isLockGone: boolean }): void {
    if (this.#running.get(channelId) !== op) return;
    this.#running.delete(channelId);
    if (isLockGone) this.#remember(op);
    if (this.#running.size > 0) return;
    for (const wake of this.#idle) wake();
    this.#idle.clear();
  }

  /** Tells whether a lock that names this replica belongs to nobody. */
  isOrphan(channelId: bigint, op: string): boolean {
    return this.#running.get(channelId) !== op && !this.#gone.has(op);
  }

  /** Resolves when no operation runs. */
  whenIdle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.add(resolve);
    });
  }

  #remember(op: string): void {
    this.#gone.add(op);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= REMEMBERED) return;
      this.#gone.delete(oldest);
    }
  }
}

/** Wakes all who wait for something to change. */
export class News {
  readonly #waiting = new Set<() => void>();

  /** Waits until it rings, the signal aborts or the time is over; who waits looks again by himself. */
  wait({
    limitMs,
    signal,
  }: {
    readonly limitMs?: number;
    readonly signal?: AbortSignal | undefined;
  } = {}): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = limitMs === undefined ? undefined : setTimeout(wake, limitMs);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Wakes everybody who waits now. */
  ring(): void {
    for (const wake of this.#waiting) wake();
  }
}

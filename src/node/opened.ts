/** Closes one thing; once `hurry` is aborted it waits for nothing. */
type Close = (hurry: AbortSignal) => Promise<void>;

/** What has been opened, in order, so that it can be closed in reverse, at the end or when a later part fails to open. */
export class Opened {
  readonly #closes: Close[] = [];
  readonly #hurry = new AbortController();

  /** Remembers how to close what was just opened, and gives it back. */
  add<T>(part: T, close: (part: T, hurry: AbortSignal) => Promise<void>): T {
    this.#closes.push((hurry) => close(part, hurry));
    return part;
  }

  /** Cuts the waits of a close that runs, or will. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Closes everything, last first. One that fails keeps no other from being closed; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closes.pop(); close !== undefined; close = this.#closes.pop()) {
      await close(this.#hurry.signal).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
  }
}

/** Closes one thing; `force` cuts its waits. */
type Close = (options: { readonly force: boolean }) => Promise<void>;

/** What has been opened, in order, so that it can be closed in reverse, at the end or when a later part fails to open. */
export class Opened {
  readonly #closes: Close[] = [];

  /** Remembers how to close what was just opened, and gives it back. */
  add<T>(part: T, close: (part: T, options: { readonly force: boolean }) => Promise<void>): T {
    this.#closes.push((options) => close(part, options));
    return part;
  }

  /** Closes everything, last first. One that fails keeps no other from being closed; the first failure is thrown at the end. */
  async close(options: { readonly force: boolean }): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closes.pop(); close !== undefined; close = this.#closes.pop()) {
      await close(options).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
  }
}

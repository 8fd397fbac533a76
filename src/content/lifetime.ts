import { ProvenderError } from './provender-error.ts';

/** Lets calls in until it is closed, and waits for those that are inside. States: open -> closing -> closed. */
export class Lifetime {
  readonly #name: string;
  #running = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Runs a call. @throws ProvenderError `PROVENDER_CLOSED` once `close` was called */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new ProvenderError('PROVENDER_CLOSED', `${this.#name} is closed`);
    this.#running++;
    try {
      return await call();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#idle?.();
    }
  }

  /** Refuses new calls, waits for running ones, then runs `release` once. */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#whenIdle().then(release);
    return this.#closing;
  }

  #whenIdle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }
}

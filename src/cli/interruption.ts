import { ProvenderError } from '../content/provender-error.ts';
import { EXIT } from './exit-codes.ts';

/**
 * Ctrl-C as an AbortSignal: the first one ends the work in order (calls cancelled, temporary files removed), a second one ends the
 * process at once, by way of its `exit` listeners.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onInterrupt = (): void => this.#interrupt(EXIT.interrupted);
  readonly #onTerminate = (): void => this.#interrupt(EXIT.terminated);
  #exitCode: number | undefined;

  constructor() {
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Exit code of the signal that came; `undefined` when none did. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }

  #interrupt(exitCode: number): void {
    if (this.#exitCode !== undefined) process.exit(exitCode);
    this.#exitCode = exitCode;
    this.#controller.abort(new ProvenderError('PROVENDER_CANCELLED', 'interrupted'));
  }
}

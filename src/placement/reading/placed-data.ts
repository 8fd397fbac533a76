import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { CheckedWindow } from './holder-stream.ts';
import type { WindowsInOrder } from './windows-in-order.ts';

/** The most bytes that are handed out at once. */
const PIECE_SIZE = 256 * 1024;

/** How a reading ends. */
export interface PlacedDataOptions {
  readonly signal: AbortSignal | undefined;
  /** Called once. */
  readonly onEnd: () => void;
}

/** The bytes of a placed reading, once. States: open, ended: at the last byte, by `return`, by a failure or by the signal. */
export class PlacedData implements AsyncIterableIterator<Uint8Array> {
  readonly #open: (stop: AbortSignal) => Promise<WindowsInOrder>;
  readonly #options: PlacedDataOptions;
  readonly #stop = new AbortController();
  /** Rejects when the signal aborts. */
  readonly #aborted: Promise<never>;
  readonly #onAbort: () => void;
  #windows: WindowsInOrder | undefined;
  #window: CheckedWindow | undefined;
  #rest: Uint8Array = new Uint8Array();
  #failure: Error | undefined;

  /** @param open - makes the source of windows; told by the signal that nobody waits for it any more */
  constructor(open: (stop: AbortSignal) => Promise<WindowsInOrder>, options: PlacedDataOptions) {
    this.#open = open;
    this.#options = options;
    let abort = (): void => undefined;
    this.#aborted = new Promise<never>((_, reject) => {
      abort = () => {
        const error = abortError(options.signal);
        this.#failure = error;
        this.#window?.buffer.discard(); // the consumer may be looking at it
        this.#end();
        reject(error);
      };
    });
    this.#aborted.catch(() => undefined); // told by `next`
    this.#onAbort = abort;
  }

  /** Opens the source and reads the first window. */
  async begin(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    try {
      if (this.#failure !== undefined) throw this.#failure;
      const opening = this.#open(this.#stop.signal);
      opening.catch(() => undefined); // told by the race, or not wanted any more
      this.#windows = await Promise.race([opening, this.#aborted]);
      await this.#load();
    } catch (error) {
      this.#failed(error);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#window !== undefined && this.#rest.length === 0) {
      try {
        await this.#load();
      } catch (error) {
        this.#failed(error);
      }
    }
    if (this.#window === undefined) return this.return();
    const value = this.#rest.subarray(0, PIECE_SIZE);
    this.#rest = this.#rest.subarray(value.length);
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  /** Takes the next window in the place of the last one. */
  async #load(): Promise<void> {
    this.#window?.buffer.release();
    this.#window = undefined;
    const loading = this.#windows?.next();
    try {
      this.#window = await Promise.race([loading, this.#aborted]);
    } catch (error) {
      void loading?.then((window) => window?.buffer.release()).catch(() => undefined); // it came too late
      throw error;
    }
    this.#rest = this.#window?.data ?? new Uint8Array();
  }

  #failed(error: unknown): never {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#end();
    throw this.#failure;
  }

  #end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#window?.buffer.release();
    this.#window = undefined;
    this.#windows?.close();
    this.#options.onEnd();
  }
}

function abortError(signal: AbortSignal | undefined): ProvenderError {
  const reason: unknown = signal?.reason;
  if (isProvenderError(reason)) return reason;
  return new ProvenderError('PROVENDER_CANCELLED', 'the caller ended the call', { cause: reason });
}

import type { NodeCallOptions, OpenAttempt } from '../ports.ts';

/** Attempts that a slow reader may be behind; older ones are dropped, since an attempt is a hint that grows old in seconds. */
const MOST_WAITING = 1024;

interface Reader {
  readonly waiting: OpenAttempt[];
  wake: () => void;
}

/** Tells storers of second and later attempts; first ones they see in the log. */
export class AttemptFeed {
  readonly #readers = new Set<Reader>();
  readonly #open = new Map<string, OpenAttempt>();
  readonly #ended: AbortSignal;

  /** @param ended - ends every reader */
  constructor(ended: AbortSignal) {
    this.#ended = ended;
    ended.addEventListener('abort', () => {
      for (const reader of this.#readers) reader.wake();
    });
  }

  /** An attempt has begun. @param key - of the placement */
  begin(key: string, attempt: OpenAttempt): void {
    this.#open.set(key, attempt);
    for (const reader of this.#readers) {
      reader.waiting.push(attempt);
      if (reader.waiting.length > MOST_WAITING) reader.waiting.shift();
      reader.wake();
    }
  }

  /** No attempt of this placement takes claims any more. */
  end(key: string): void {
    this.#open.delete(key);
  }

  /** Attempts that run, then new ones, until the signal aborts or the primary closes. */
  async *watch({ signal }: NodeCallOptions = {}): AsyncGenerator<OpenAttempt> {
    const reader: Reader = { waiting: [...this.#open.values()], wake: () => undefined };
    const stop = (): void => reader.wake();
    this.#readers.add(reader);
    signal?.addEventListener('abort', stop);
    try {
      while (signal?.aborted !== true && !this.#ended.aborted) {
        const next = reader.waiting.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#readers.delete(reader);
    }
  }
}

/** What a stream needs that shows its reader that the node is there. */
export interface BeatOptions<T> {
  /** Sent when nothing else came for `beatMs`. */
  readonly beat: T;
  readonly beatMs: number;
  /** Ends the stream: the caller is gone, or the server ends. */
  readonly signal: AbortSignal;
}

/**
 * Gives what a source gives, and a beat while it is quiet. Ends without an error when the signal aborts, whatever the source makes of that.
 * @param open - begins the source; its signal aborts as well when the reader leaves
 */
export async function* withBeats<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  { beat, beatMs, signal }: BeatOptions<T>,
): AsyncGenerator<T, void> {
  const left = new AbortController();
  const iterator = open(AbortSignal.any([signal, left.signal]))[Symbol.asyncIterator]();
  const quiet = new Quiet(beatMs, signal);
  try {
    for (let coming = quiet.watch(iterator.next()); !signal.aborted; ) {
      if (await quiet.isOver()) {
        const found = await coming;
        if (found.done === true) return;
        yield found.value;
        coming = quiet.watch(iterator.next());
      } else if (!signal.aborted) yield beat;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    quiet.release();
    left.abort();
    // a source that still waits ends by the signal; its last words are of no use to anybody
    iterator.return?.().catch(() => undefined);
  }
}

/** Waits for a promise in turns of a bounded length. */
class Quiet {
  readonly #beatMs: number;
  readonly #signal: AbortSignal;
  #isOver = false;
  #wake = (): void => undefined;
  readonly #onAbort = (): void => this.#wake();

  constructor(beatMs: number, signal: AbortSignal) {
    this.#beatMs = beatMs;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  watch<T>(coming: Promise<T>): Promise<T> {
    this.#isOver = false;
    const settle = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    coming.then(settle, settle);
    return coming;
  }

  /** Sleeps until the promise is settled, the signal aborts, or the turn ends. @returns whether it is settled */
  async isOver(): Promise<boolean> {
    if (this.#isOver || this.#signal.aborted) return this.#isOver;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, this.#beatMs);
    });
    clearTimeout(timer);
    return this.#isOver;
  }

  release(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

import { HedgedSource } from './hedged-source.ts';
import { type CheckedWindow, HolderStream, type StreamParts } from './holder-stream.ts';
import type { WindowSpan } from './window-spans.ts';

/** Runs of single windows that are read at a time, besides the one that is given. */
const SHORT_RUNS = 3;
/** Longer runs that are read at a time: while the last half of one is given, the holder of the next one decodes. */
const LONG_RUNS = 2;

/** A run that has begun. */
interface BegunRun {
  readonly source: HedgedSource<CheckedWindow>;
  /** Windows that are not given yet. */
  left: number;
  readonly windows: number;
  /** The next one, once it was asked for. */
  next: Promise<CheckedWindow> | undefined;
}

/** The windows of a range in order, each checked; runs are read at the same time, from different holders where that is faster. */
export class WindowsInOrder {
  readonly #parts: StreamParts;
  readonly #runs: Iterator<readonly WindowSpan[], void>;
  #begun: BegunRun[] = [];

  constructor(parts: StreamParts, runs: Iterator<readonly WindowSpan[], void>) {
    this.#parts = parts;
    this.#runs = runs;
  }

  /**
   * The next window, whose buffer the caller releases; `undefined` after the last one.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when no holder is left
   */
  async next(): Promise<CheckedWindow | undefined> {
    this.#beginRuns();
    const [head] = this.#begun;
    if (head === undefined) return undefined;
    const window = await (head.next ?? head.source.next());
    head.next = undefined;
    head.left--;
    if (head.left > 0) return window;
    head.source.stop();
    this.#begun.shift();
    this.#beginRuns();
    return window;
  }

  /** Stops all that runs. */
  close(): void {
    for (const { source, next } of this.#begun) {
      void next?.then(({ buffer }) => buffer.release()).catch(() => undefined); // it was read ahead and nobody wants it
      source.stop();
    }
    this.#begun = [];
    this.#runs.return?.();
  }

  /** Begins runs as far as they may be read ahead. */
  #beginRuns(): void {
    for (;;) {
      const last = this.#begun.at(-1);
      const most = (last?.windows ?? 1) > 1 ? LONG_RUNS : SHORT_RUNS;
      if (this.#begun.length >= most || (last !== undefined && last.left > Math.ceil(last.windows / 2)))
        return;
      const run = this.#runs.next();
      if (run.done === true) return;
      this.#begun.push(this.#begin(run.value));
    }
  }

  #begin(spans: readonly WindowSpan[]): BegunRun {
    const { team, clock } = this.#parts;
    const source = new HedgedSource<CheckedWindow>({
      team,
      clock,
      begin: (holder, number) => new HolderStream(this.#parts, holder, spans.slice(number)),
    });
    const next = source.next();
    next.catch(() => undefined); // told when its turn comes
    return { source, left: spans.length, windows: spans.length, next };
  }
}

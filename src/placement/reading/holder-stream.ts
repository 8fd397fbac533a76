import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { foldRoots } from '../../proof/kernels.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import type { NodePeer } from '../ports.ts';
import type { Runner } from './hedged-source.ts';
import { HolderBytes } from './holder-bytes.ts';
import { HolderFailure, StalledStream } from './holder-failure.ts';
import { columnOf, type RootsParts } from './holder-roots.ts';
import type { Step } from './holder-speeds.ts';
import type { WindowBuffer, WindowBuffers } from './window-buffers.ts';
import type { WindowSpan } from './window-spans.ts';

/** A stream that was not read for so long may be ended by its holder. */
const PAUSE_MS = 1000;

/** Bytes of a window that were checked. */
export interface CheckedWindow extends WindowSpan {
  /** Its bytes, from the first one that the range wants. */
  readonly data: Uint8Array;
  readonly buffer: WindowBuffer;
}

/** What streams of one reading share. */
export interface StreamParts extends RootsParts {
  readonly sizeBytes: number;
  /** Checked roots of the stripes. */
  readonly roots: Uint8Array;
  readonly hasher: TreeHasher;
  readonly buffers: WindowBuffers;
}

/**
 * Windows of a run from one holder, read with one call and each checked before it is given. It reads one window ahead; what is not taken waits at the
 * holder.
 */
export class HolderStream implements Runner<CheckedWindow> {
  readonly holder: NodePeer;
  readonly #parts: StreamParts;
  readonly #spans: readonly WindowSpan[];
  readonly #controller = new AbortController();
  readonly #windows: AsyncGenerator<CheckedWindow, void>;
  readonly #end: () => void;
  #ahead: Promise<CheckedWindow> | undefined;
  #given = 0;
  #pausedAtMs: number | undefined;

  /** @param spans - that follow each other */
  constructor(parts: StreamParts, holder: NodePeer, spans: readonly WindowSpan[]) {
    this.holder = holder;
    this.#parts = parts;
    this.#spans = spans;
    this.#end = parts.team.speeds.begin(holder);
    this.#windows = this.#read();
  }

  get step(): Step {
    if (this.#given > 0) return 'later';
    return this.#spans.length > 1 ? 'first' : 'only';
  }

  async take(): Promise<CheckedWindow> {
    const window = await (this.#ahead ?? this.#pull());
    this.#ahead = undefined;
    this.#given++;
    if (this.#given < this.#spans.length && !this.#controller.signal.aborted) {
      this.#ahead = this.#pull();
      this.#ahead.catch(() => undefined); // told when it is taken
    } else this.#end();
    return window;
  }

  stop(): void {
    this.#end();
    this.#controller.abort();
    void this.#ahead?.then(({ buffer }) => buffer.release()).catch(() => undefined); // nobody wants it any more
    this.#ahead = undefined;
    void this.#windows.return().catch(() => undefined); // a call that was aborted may say so
  }

  /** Reads the next window and times it. */
  async #pull(): Promise<CheckedWindow> {
    const { clock, team } = this.#parts;
    const startMs = clock.now();
    const pauseMs = startMs - (this.#pausedAtMs ?? startMs);
    const { step } = this;
    try {
      const next = await this.#windows.next();
      if (next.done === true) throw new HolderFailure('short', 'it has no more windows');
      if (this.#controller.signal.aborted) next.value.buffer.release();
      this.#pausedAtMs = clock.now();
      team.speeds.took(this.holder, step, this.#pausedAtMs - startMs);
      return next.value;
    } catch (error) {
      const mayBeOurs = error instanceof HolderFailure && error.fault === 'unavailable';
      if (mayBeOurs && pauseMs >= PAUSE_MS) throw new StalledStream({ cause: error });
      throw error;
    }
  }

  async *#read(): AsyncGenerator<CheckedWindow, void> {
    const bytes = new HolderBytes(this.#parts.calls, this.holder, {
      id: this.#parts.team.id,
      offset: this.#spans[0]?.offset ?? 0,
      length: this.#spans.reduce((sum, { length }) => sum + length, 0),
      signal: this.#controller.signal,
    });
    try {
      for (const span of this.#spans) {
        const buffer = this.#parts.buffers.take();
        let isGiven = false;
        try {
          const window = buffer.bytes.subarray(0, span.length);
          await bytes.fill(window);
          if (span === this.#spans.at(-1)) await bytes.finish();
          await this.#check(span, window);
          isGiven = true;
          yield { ...span, data: window.subarray(span.skip, span.skip + span.wanted), buffer };
        } finally {
          if (!isGiven) buffer.release();
        }
      }
    } finally {
      bytes.close();
    }
  }

  /** @throws HolderFailure when a byte of the window is not that of the file */
  async #check(span: WindowSpan, window: Uint8Array): Promise<void> {
    const { hasher, roots, calls, team, sizeBytes } = this.#parts;
    const { stripe, isWhole, offset, length } = span;
    const above = roots.subarray(stripe * HASH_SIZE, (stripe + 1) * HASH_SIZE);
    const found = new Uint8Array(new SharedArrayBuffer(Math.ceil(length / BLOCK_SIZE) * HASH_SIZE));
    await hasher.blockRoots(window, found);
    if (isWhole) {
      if (Buffer.compare(foldRoots(found), above) === 0) return;
      throw new HolderFailure('bytes', `stripe ${stripe} does not fit its root`);
    }
    const { signal } = this.#controller;
    const column = await columnOf(calls, this.holder, { id: team.id, stripe, above, sizeBytes, signal });
    const first = offset / BLOCK_SIZE - stripe * STRIPE_BLOCKS;
    for (let i = 0; i < found.length; i += HASH_SIZE) {
      const at = first * HASH_SIZE + i;
      if (Buffer.compare(found.subarray(i, i + HASH_SIZE), column.subarray(at, at + HASH_SIZE)) === 0)
        continue;
      const block = (offset + (i / HASH_SIZE) * BLOCK_SIZE) / BLOCK_SIZE;
      throw new HolderFailure('bytes', `block ${block} does not fit its root`);
    }
  }
}

import { STRIPE_SIZE } from '../../content/geometry.ts';

/** Buffers that are kept for the next window: 32 MiB. */
const KEPT = 8;

/** Memory of one window. */
export interface WindowBuffer {
  /** 4 MiB, shared with workers. */
  readonly bytes: Uint8Array;
  /** Gives it back to be used again: nobody looks at the bytes any more. Idempotent. */
  release(): void;
  /** Gives it back while somebody may still look at the bytes: it is not used again. Idempotent, with `release` too. */
  discard(): void;
}

/** Memory of windows, used again: new shared memory of 4 MiB has to be zeroed each time. */
export class WindowBuffers {
  readonly #free: Uint8Array[] = [];
  #lent = 0;

  /** Buffers that are in use; for tests. */
  get lent(): number {
    return this.#lent;
  }

  take(): WindowBuffer {
    const bytes = this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(STRIPE_SIZE));
    this.#lent++;
    let isLent = true;
    const end = (isReusable: boolean): void => {
      if (!isLent) return;
      isLent = false;
      this.#lent--;
      if (isReusable && this.#free.length < KEPT) this.#free.push(bytes);
    };
    return { bytes, release: () => end(true), discard: () => end(false) };
  }
}

import { ProvenderError } from '../content/provender-error.ts';
import { packIndexRows } from './index-row.ts';
import type { IndexRow } from './object-store.ts';
import { type Tag, tagName } from './tag.ts';

/** Data that is being staged under one tag. Rows wait here until the id of the collection is known, 22 bytes each. */
export class Staging {
  readonly tag: Tag;
  /** Payment that the data hangs on. */
  readonly operation: Uint8Array | undefined;
  /** All but the head is durable. */
  isPrepared = false;
  readonly #rows = new Map<number, Uint8Array>();
  #running = 0;
  #idle: (() => void) | undefined;
  #sealed = false;

  constructor(tag: Tag, operation?: Uint8Array) {
    this.tag = tag;
    this.operation = operation?.slice();
  }

  /** Runs a write of staged data. @throws ProvenderError `PROVENDER_CONFLICT` after publish or discard was called */
  async write(task: () => Promise<void>): Promise<void> {
    if (this.#sealed) throw notStaged(this.tag);
    this.#running++;
    try {
      await task();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#idle?.();
    }
  }

  /** Refuses new writes and waits for running ones. */
  async seal(): Promise<void> {
    this.#sealed = true;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Keeps the index rows of a stripe; what was kept for it before is replaced. */
  keepRows(stripe: number, rows: readonly IndexRow[]): void {
    if (rows.length > 0) this.#rows.set(stripe, packIndexRows(rows));
  }

  /** The rows kept, packed, one piece for each stripe. */
  get packedRows(): readonly Uint8Array[] {
    return [...this.#rows.values()];
  }
}

/** The answer to work on a tag that is not being staged. */
export function notStaged(tag: Tag): ProvenderError {
  return new ProvenderError('PROVENDER_CONFLICT', `${tagName(tag)} is not being staged: stage again`, {
    details: { tag: tagName(tag) },
  });
}

import { ProvenderError } from '../content/provender-error.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { SharesEvents } from './shares.ts';

/** Something that failed its check. */
export interface Damage {
  /** Key of what is damaged, as in a quarantine mark. */
  readonly key: string;
  /** Block of the object, where one is known. */
  readonly block?: number;
  readonly reason: string;
  readonly cause?: unknown;
}

/** Marks that are remembered, so that reading a damaged block again and again does not write each time. */
const REMEMBERED_MARKS = 10_000;

/** Marks damage in the store's quarantine, tells of it, and makes the error that the reader gets. */
export class DamageReports {
  readonly #store: ObjectStore;
  readonly #events: SharesEvents | undefined;
  readonly #marked = new Set<string>();

  constructor(store: ObjectStore, events: SharesEvents | undefined) {
    this.#store = store;
    this.#events = events;
  }

  /**
   * Reports damage and gives the `PROVENDER_CORRUPT` to throw; `details` has key and block. A mark that cannot be written (the store takes no
   * writes) is said in the error and tried again at the next read.
   */
  async report(damage: Damage): Promise<ProvenderError> {
    const { key, block, reason } = damage;
    const where = block === undefined ? {} : { block };
    this.#events?.corrupt({ key, reason, ...where });
    const unmarked = await this.#mark(damage);
    const place = block === undefined ? key : `${key}, block ${block}`;
    return new ProvenderError(
      'PROVENDER_CORRUPT',
      `${place}: ${reason}; remove the object and set it again from another copy${unmarked}`,
      { details: { key, reason, ...where }, cause: damage.cause },
    );
  }

  /** Writes the mark, once; gives what to add to the message when that fails. */
  async #mark({ key, block, reason }: Damage): Promise<string> {
    const name = `${key} ${block ?? ''}`;
    if (this.#marked.has(name)) return '';
    const unixMs = Date.now();
    try {
      await this.#store.quarantine(
        block === undefined ? { key, reason, unixMs } : { key, reason, block, unixMs },
      );
    } catch (error) {
      return ` (not marked in quarantine: ${error instanceof Error ? error.message : String(error)})`;
    }
    if (this.#marked.size < REMEMBERED_MARKS) this.#marked.add(name);
    return '';
  }
}

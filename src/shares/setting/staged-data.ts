import type { ObjectId } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { ObjectStore, SetResult, StageOptions } from '../../objects/object-store.ts';
import { type Tag, tagName } from '../../objects/tag.ts';
import type { KeptShares } from './kept-shares.ts';

/** Stages, publishes and drops data, and remembers what could not be dropped. */
export class StagedData {
  readonly #store: ObjectStore;
  readonly #kept: KeptShares;
  /** Tags whose dropping failed; tried again before the next staging and at the end. What is left then, the store's next open removes. */
  readonly #leftovers = new Map<string, Tag>();
  /** Tags that a head may name: never dropped. */
  readonly #undecided = new Set<string>();

  constructor(store: ObjectStore, kept: KeptShares) {
    this.#store = store;
    this.#kept = kept;
  }

  /** Starts staging under a new tag. */
  async begin(options: StageOptions): Promise<Tag> {
    await this.finishLeftovers();
    return this.#store.stage(options);
  }

  /** Makes staged data ready to be paid for. @returns the head that stands already, which ends the set */
  async prepare(id: ObjectId, head: Uint8Array): Promise<Uint8Array | undefined> {
    const prepared = await this.#store.prepare(id, head);
    return prepared.held ? prepared.head : undefined;
  }

  /**
   * Makes staged data an object.
   * @throws ProvenderError what the store throws; `PROVENDER_AMBIGUOUS` when the head may stand all the same
   */
  async publish(tag: Tag, id: ObjectId, head: Uint8Array): Promise<SetResult> {
    try {
      return await this.#store.publish(id, head);
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_AMBIGUOUS')) {
        // It may still land, whatever is read now; the store finds out and drops the data itself when it did not.
        this.#undecided.add(tagName(tag));
        throw error;
      }
      if (!(await this.#mayStand(id, head))) throw error;
      this.#undecided.add(tagName(tag));
      const message = `publishing under ${tagName(tag)} failed and may have landed; read before you repeat`;
      throw new ProvenderError('PROVENDER_AMBIGUOUS', message, { cause: error });
    }
  }

  /** Drops staged data; a failure is remembered and not told, since the call has its own end already. */
  async discard(tag: Tag): Promise<void> {
    const name = tagName(tag);
    if (this.#undecided.has(name) || this.#kept.has(tag)) return;
    try {
      await this.#store.discard(tag);
      this.#leftovers.delete(name);
    } catch {
      this.#leftovers.set(name, tag);
    }
  }

  /** Tries again what could not be dropped, and to publish what is paid for. */
  async finishLeftovers(): Promise<void> {
    await this.#kept.publishPaid();
    for (const tag of this.#leftovers.values()) await this.discard(tag);
  }

  /** A publish that failed may have landed: only a head that is read and is not ours tells that it did not. */
  async #mayStand(id: ObjectId, head: Uint8Array): Promise<boolean> {
    try {
      const now = await this.#store.getHead(id);
      return now !== undefined && Buffer.compare(now, head) === 0;
    } catch {
      return true;
    }
  }
}

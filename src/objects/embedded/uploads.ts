import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import { checkedHead, decodeHead } from '../head.ts';
import type { SetResult, StageOptions } from '../object-store.ts';
import { checkOperation } from '../payment-marks.ts';
import { notStaged, Staging } from '../staging.ts';
import { storedSize } from '../stored-size.ts';
import { type Tag, tagName } from '../tag.ts';
import type { EmbeddedParts } from './embedded-parts.ts';
import type { Janitor } from './janitor.ts';
import type { KeptData } from './recovery.ts';

/** A row takes 24 bytes of key and 38 of value, packed it has 22. */
const ROW_GROWTH = 3;
/** Bytes of a record of staged data, but for the head. */
const RECORD_BYTES = 64;

/** Files and collections on their way into the store, from the tag to the head or to the deletion. Calls for one id come one after the other. */
export class Uploads {
  readonly #parts: EmbeddedParts;
  readonly #janitor: Janitor;
  readonly #stagings = new Map<string, Staging>();
  /** Bytes of what an earlier opening prepared, by the name of its tag. */
  readonly #undecided = new Map<string, number>();
  /** Tags that were given up while the disk took no writes. */
  readonly #givenUp = new Set<Tag>();

  constructor(parts: EmbeddedParts, janitor: Janitor) {
    this.#parts = parts;
    this.#janitor = janitor;
  }

  /** Takes over what an earlier opening left undecided, to publish or to drop it later. */
  adopt({ tag, head, operation }: KeptData): void {
    const staging = new Staging(tag, operation);
    this.#stagings.set(tagName(tag), staging);
    if (head === undefined) return;
    staging.isPrepared = true;
    this.#undecided.set(tagName(tag), sizeInHead(head));
  }

  /** Bytes of what earlier openings prepared and nobody has decided about. */
  get undecidedBytes(): number {
    return [...this.#undecided.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  async stage({ operation }: StageOptions): Promise<Tag> {
    checkOperation(operation);
    const { session, guard, catalog, step } = this.#parts;
    const tag = session.nextTag();
    await guard.admit(RECORD_BYTES, () => catalog.recordTag(tag, operation));
    this.#stagings.set(tagName(tag), new Staging(tag, operation));
    await step('stage: tag');
    return tag;
  }

  async write(tag: Tag, bytes: number, write: (staging: Staging) => Promise<void>): Promise<void> {
    const staging = this.#staging(tag);
    await staging.write(() => this.#parts.guard.admit(bytes, () => write(staging)));
  }

  async discard(tag: Tag): Promise<void> {
    const staging = this.#stagings.get(tagName(tag));
    if (staging === undefined) return;
    await staging.seal();
    this.#forget(tag);
    await this.drop(tag);
  }

  /** Makes staged data ready to be paid for. */
  async prepare(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    const { guard, catalog } = this.#parts;
    guard.assertNotFailed();
    const standing = await catalog.head(id);
    if (standing !== undefined) return { held: true, head: standing };
    const staging = this.#staging(checkedHead(id, head).tag);
    await this.#prepare(staging, id, head);
    await this.#parts.step('prepare');
    return { held: false, head };
  }

  async publish(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    const { guard, catalog } = this.#parts;
    guard.assertNotFailed();
    const standing = await catalog.head(id);
    if (standing !== undefined) return { held: compareBytes(standing, head) !== 0, head: standing };
    await this.#publish(id, head, () => catalog.publish(id, head));
    return { held: false, head };
  }

  async replace(id: ObjectId, head: Uint8Array, seen: Uint8Array): Promise<boolean> {
    const { guard, catalog } = this.#parts;
    guard.assertNotFailed();
    const standing = await catalog.head(id);
    if (standing === undefined || compareBytes(standing, seen) !== 0) return false;
    let old: Tag | undefined;
    await this.#publish(id, head, async () => {
      old = await catalog.replace(id, head, standing);
    });
    if (old !== undefined) void this.drop(old);
    return true;
  }

  /** Does what was decided about prepared data. What is not staged any more was decided before: published, perhaps removed since, or dropped. */
  async settle(id: ObjectId, head: Uint8Array, what: 'publish' | 'drop'): Promise<void> {
    const { tag } = checkedHead(id, head);
    if (!this.#stagings.has(tagName(tag))) return;
    if (what === 'publish' && !(await this.publish(id, head)).held) return;
    await this.discard(tag);
  }

  /** Drops what no head names. A tag that cannot be dropped now stays in `i`; it goes when the database has been opened again. */
  async drop(tag: Tag): Promise<void> {
    try {
      await this.#janitor.drop(tag);
    } catch {
      this.#givenUp.add(tag);
    }
  }

  /** The database has been opened again: what was given up meanwhile goes. */
  dropGivenUp(): void {
    const tags = [...this.#givenUp];
    this.#givenUp.clear();
    for (const tag of tags) void this.drop(tag);
  }

  #staging(tag: Tag): Staging {
    const staging = this.#stagings.get(tagName(tag));
    if (staging === undefined) throw notStaged(tag);
    return staging;
  }

  #forget(tag: Tag): void {
    this.#stagings.delete(tagName(tag));
    this.#undecided.delete(tagName(tag));
  }

  /** Makes all durable but the head. The record of a paid upload then carries that, so that the next open can publish it. */
  async #prepare(staging: Staging, id: ObjectId, head: Uint8Array): Promise<void> {
    if (staging.isPrepared) return;
    const { guard, catalog, data, step } = this.#parts;
    const { tag, operation } = staging;
    await staging.seal();
    await data.settle(tag);
    await step('publish: data');
    const rows = staging.packedRows;
    if (rows.length > 0 || operation !== undefined) {
      const packed = rows.reduce((sum, { length }) => sum + length, 0);
      const record = { head, ...(operation && { operation }) };
      const bytes = packed * ROW_GROWTH + RECORD_BYTES + head.length;
      await guard.admit(bytes, () => catalog.writeRows(id, record, rows));
      await step('publish: rows');
    }
    staging.isPrepared = true;
  }

  async #publish(id: ObjectId, head: Uint8Array, writeHead: () => Promise<void>): Promise<void> {
    const staging = this.#staging(checkedHead(id, head).tag);
    await this.#prepare(staging, id, head);
    await writeHead();
    this.#forget(staging.tag);
    await this.#parts.step('publish: head');
  }
}

/** What an object will take of the limit. */
function sizeInHead(head: Uint8Array): number {
  const { statement } = decodeHead(head);
  return storedSize({ ...statement, passes: statement.layerRoots.length }, head.length);
}

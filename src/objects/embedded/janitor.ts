import { OBJECT_KIND, objectId } from '../../content/object-id.ts';
import { blockCount, HASH_SIZE, stripeCount } from '../../content/geometry.ts';
import { decodeHead, type Head } from '../head.ts';
import { indexRowKey } from '../index-row.ts';
import { stripeLayout } from '../stripe.ts';
import { type Tag, tagName } from '../tag.ts';
import type { Database } from './database.ts';
import type { DiskGuard } from './disk-guard.ts';
import type { EmbeddedParts } from './embedded-parts.ts';
import type { DataShelf } from './shelves.ts';
import { decodeStagedRecord, encodeStagedRecord } from './staged-record.ts';
import type { StepHook } from '../step-hook.ts';
import type { Operation } from './tables.ts';

/** Deletes what no head names, one tag after the other. A tag leaves sublevel `i` last, so that a crash at any point is made good by the next open. */
export class Janitor {
  readonly #database: Database;
  readonly #guard: DiskGuard;
  readonly #data: DataShelf;
  readonly #step: StepHook;
  #last: Promise<void> = Promise.resolve();

  constructor({ database, guard, data, step }: Pick<EmbeddedParts, 'database' | 'guard' | 'data' | 'step'>) {
    this.#database = database;
    this.#guard = guard;
    this.#data = data;
    this.#step = step;
  }

  /** Drops the data of `tag` after what is in line already; does nothing when the tag is not in `i`, since a head may name it. */
  drop(tag: Tag): Promise<void> {
    const mine = this.#last.then(() => this.#dropNow(tag));
    this.#last = mine.catch(() => undefined); // its caller has the error; the tag stays in `i`
    return mine;
  }

  /** Waits until nothing is in line. */
  async settle(): Promise<void> {
    await this.#last;
  }

  async #dropNow(tag: Tag): Promise<void> {
    this.#guard.assertUsable(); // after a failed write nobody knows whether the head landed; its data must stay
    const name = `record of staged data ${tagName(tag)}`;
    const record = await this.#database.read(name, (tables) => tables.table('i').get(tag));
    if (record === undefined) return;
    const { head, operation } = decodeStagedRecord(record);
    if (operation !== undefined) await this.#forgetPayment(tag, head);
    if (head !== undefined) await this.#dropRows(decodeHead(head));
    await this.#step('drop: rows');
    await this.#data.drop(tag);
    await this.#step('drop: data');
    await this.#database.write([{ table: 'i', key: tag }]);
    await this.#step('drop: tag');
  }

  /** What is being deleted must not be published, whatever was decided about its payment: the next open then does not ask. */
  async #forgetPayment(tag: Tag, head: Uint8Array | undefined): Promise<void> {
    const value = encodeStagedRecord(head === undefined ? {} : { head });
    await this.#database.write([{ table: 'i', key: tag, value }]);
    await this.#step('drop: payment');
  }

  /** Their keys come from the block roots and chunk lengths in the stripes, which therefore go after them. */
  async #dropRows({ tag, statement }: Head): Promise<void> {
    if (statement.kind !== OBJECT_KIND.collection) return;
    const object = { ...statement, passes: statement.layerRoots.length };
    const stripes = stripeCount(blockCount(statement.sizeBytes));
    let chunksLeft = statement.count;
    for (let stripe = 0; stripe < stripes && chunksLeft > 0; stripe++) {
      const { blocks, rootsOffset, lengthsOffset } = stripeLayout(object, stripe);
      const chunks = Math.min(blocks, chunksLeft);
      const columns = await this.#data.readStripe(tag, stripe, [
        { offset: rootsOffset, length: chunks * HASH_SIZE },
        { offset: lengthsOffset, length: chunks * 2 },
      ]);
      // A stripe that is missing or short had its rows dropped, or was lost; what rows are left readers ignore.
      if (columns !== undefined) await this.#database.write(deletions(tag, columns));
      chunksLeft -= chunks;
    }
  }
}

function deletions(tag: Tag, [roots, lengths]: readonly Uint8Array[]): Operation[] {
  if (roots === undefined || lengths === undefined) return [];
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  const count = Math.min(roots.length / HASH_SIZE, lengths.length / 2);
  const operations: Operation[] = [];
  for (let i = 0; i < Math.floor(count); i++) {
    const dataRoot = roots.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
    const chunk = objectId({ kind: OBJECT_KIND.chunk, sizeBytes: view.getUint16(i * 2), count: 1, dataRoot });
    operations.push({ table: 'x', key: indexRowKey(chunk, tag) });
  }
  return operations;
}

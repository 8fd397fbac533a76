import type { ObjectId } from '../../content/object-id.ts';
import { checkedHead } from '../head.ts';
import type { Tag } from '../tag.ts';
import type { RadosPool } from './client/rados-pool.ts';
import {
  CATALOG_SHARDS,
  catalogKey,
  catalogShardKey,
  HEAD_ROW_PREFIX,
  headRow,
  idOfHeadRow,
  REMOVED_ROW_PREFIX,
  removedRow,
  tagOfRemovedRow,
} from './keys.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** What the catalog says of one object and one tag, at one point in time. */
export interface CatalogFacts {
  /** Tag of the head that stands. */
  readonly headTag: Tag | undefined;
  /** Whether the row `g.<tag>` stands. */
  readonly removed: boolean;
}

/** A row `g.<tag>`. */
export interface RemovedRow {
  readonly tag: Tag;
  readonly shardKey: string;
  readonly value: Uint8Array;
}

const PAGE = 1000;

/** Reads the head of `id` and the row `g.<tag>` in one operation. @throws ProvenderError `PROVENDER_CORRUPT` for a head that cannot be read */
export async function readCatalog(
  objects: RadosPool,
  { id, tag }: { id: ObjectId; tag: Tag },
  answer: AnswerOptions,
): Promise<CatalogFacts> {
  const keys = [headRow(id), removedRow(tag)];
  const { omap } = await untilAnswered(
    () => objects.look(catalogKey(id), [{ do: 'omapKeys', keys }]),
    answer,
  );
  const head = omap?.get(headRow(id));
  return {
    headTag: head === undefined ? undefined : checkedHead(id, head).tag,
    removed: omap?.has(removedRow(tag)) === true,
  };
}

/** Walks over the tags of all heads of the catalog. */
export async function* namedTags(objects: RadosPool, answer: AnswerOptions): AsyncGenerator<Tag> {
  for (let shard = 0; shard < CATALOG_SHARDS; shard++)
    for await (const [row, value] of rowsOf(objects, catalogShardKey(shard), HEAD_ROW_PREFIX, answer)) {
      const id = idOfHeadRow(row);
      if (id !== undefined) yield checkedHead(id, value).tag;
    }
}

/**
 * Walks over the rows `g.<tag>` of the catalog.
 *
 * @param session - only those of this session
 */
export async function* removedRows(
  objects: RadosPool,
  session: number | undefined,
  answer: AnswerOptions,
): AsyncGenerator<RemovedRow> {
  const part = session === undefined ? '' : `${session.toString(16).padStart(8, '0')}.`;
  for (let shard = 0; shard < CATALOG_SHARDS; shard++) {
    const shardKey = catalogShardKey(shard);
    for await (const [row, value] of rowsOf(objects, shardKey, REMOVED_ROW_PREFIX + part, answer)) {
      const tag = tagOfRemovedRow(row);
      if (tag !== undefined) yield { tag, shardKey, value };
    }
  }
}

/** Removes a row `g.<tag>`; a tag never comes back, so nothing has to be compared. */
export async function purgeRemovedRow(
  objects: RadosPool,
  { tag, shardKey }: { tag: Tag; shardKey: string },
  answer: AnswerOptions,
): Promise<void> {
  await untilAnswered(
    () => objects.change(shardKey, [{ do: 'omapRemove', keys: [removedRow(tag)] }]),
    answer,
  );
}

async function* rowsOf(
  objects: RadosPool,
  key: string,
  prefix: string,
  answer: AnswerOptions,
): AsyncGenerator<[string, Uint8Array]> {
  let after = '';
  for (let more = true; more; ) {
    const page = await untilAnswered(
      () => objects.look(key, [{ do: 'omapRange', after, prefix, limit: PAGE }]),
      answer,
    );
    for (const row of page.omap ?? []) {
      yield row;
      after = row[0];
    }
    more = page.more === true;
  }
}

import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { OBJECT_KIND, type ObjectId, objectId } from '../../content/object-id.ts';
import { packIndexRows, unpackIndexRows } from '../index-row.ts';
import type { IndexRow } from '../object-store.ts';
import { type StripeLayout, stripeLayout } from '../stripe.ts';
import type { Tag } from '../tag.ts';
import { stripeKey } from '../data-names.ts';
import { isRadosError } from './client/rados-error.ts';
import type { RadosPool } from './client/rados-pool.ts';
import { inParallel } from './in-parallel.ts';
import { indexRowName, indexShard, indexShardKey } from './keys.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** Where data lies and is deleted. */
export interface DataPlace {
  readonly objects: RadosPool;
  readonly data: RadosPool;
  readonly indexShards: number;
}

/** The most passes of a profile. @see proof-of-replication.md, section 6 */
const MAX_PASSES = 2;
const INDEX_WIDTH = 32;

/**
 * Layouts that a stripe of a collection of this size can have. Rarely a stripe of a file has such a size too: rows that are computed from it do not
 * exist, and deleting them does nothing.
 */
export function collectionLayouts(totalBytes: number): StripeLayout[] {
  const layouts: StripeLayout[] = [];
  for (let passes = 0; passes <= MAX_PASSES; passes++) {
    const perBlock = BLOCK_SIZE + (passes + 1) * HASH_SIZE + 2;
    const blocks = totalBytes / perBlock;
    if (!Number.isInteger(blocks) || blocks < 1 || blocks > STRIPE_BLOCKS) continue;
    const sizeBytes = blocks * BLOCK_SIZE;
    layouts.push(stripeLayout({ kind: OBJECT_KIND.collection, sizeBytes, passes }, 0));
  }
  return layouts;
}

/** A stripe of a collection. */
export interface CollectionStripe {
  readonly tag: Tag;
  readonly stripe: number;
  readonly layout: StripeLayout;
}

/** Writes the index rows of the first `chunks` chunks of one stripe of collection `id`, as its upload would have. */
export async function restoreStripeRows(
  place: DataPlace,
  stripe: CollectionStripe & { id: ObjectId; chunks: number },
  answer: AnswerOptions,
): Promise<void> {
  const columns = await readColumns(place.data, stripe, answer);
  if (columns === undefined) return;
  const rows: IndexRow[] = [];
  for (const { id, length } of chunksOf(columns)) {
    if (rows.length === stripe.chunks) break;
    rows.push({ id, position: stripe.stripe * STRIPE_BLOCKS + rows.length, length });
  }
  const stored = unpackIndexRows(packIndexRows(rows), stripe.tag, stripe.id);
  await inParallel(stored, INDEX_WIDTH, async ({ key, value }) => {
    const row = indexRowName(key, stripe.tag);
    await untilAnswered(
      () =>
        place.objects.change(indexShardKey(indexShard(key, place.indexShards)), [
          { do: 'omapSet', rows: [[row, value]] },
        ]),
      answer,
    );
  });
}

/**
 * Deletes the index rows of the chunks of one stripe. Their names come from the block roots of layer 0 and the chunk lengths in the stripe, which
 * therefore goes after them; those computed for manifest blocks do not exist.
 */
export async function dropStripeRows(
  place: DataPlace,
  stripe: CollectionStripe,
  answer: AnswerOptions,
): Promise<void> {
  const columns = await readColumns(place.data, stripe, answer);
  if (columns === undefined) return;
  const byShard = new Map<number, string[]>();
  for (const { id } of chunksOf(columns)) {
    const shard = indexShard(id, place.indexShards);
    const names = byShard.get(shard) ?? [];
    names.push(indexRowName(id, stripe.tag));
    byShard.set(shard, names);
  }
  await inParallel(byShard, INDEX_WIDTH, async ([shard, keys]) => {
    await untilAnswered(
      () => place.objects.change(indexShardKey(shard), [{ do: 'omapRemove', keys }]),
      answer,
    );
  });
}

/** Block roots of layer 0 and chunk lengths of one stripe. */
interface Columns {
  readonly roots: Uint8Array;
  readonly lengths: DataView;
}

async function readColumns(
  data: RadosPool,
  { tag, stripe, layout }: CollectionStripe,
  answer: AnswerOptions,
): Promise<Columns | undefined> {
  const rootBytes = layout.blocks * HASH_SIZE;
  const into = new Uint8Array(rootBytes + layout.blocks * 2);
  try {
    await untilAnswered(
      () =>
        data.look(
          stripeKey(tag, stripe),
          [
            { do: 'read', offset: layout.rootsOffset, length: rootBytes },
            { do: 'read', offset: layout.lengthsOffset, length: layout.blocks * 2 },
          ],
          { into },
        ),
      answer,
    );
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return undefined; // an earlier run came this far
    throw error;
  }
  return { roots: into.subarray(0, rootBytes), lengths: new DataView(into.buffer, rootBytes) };
}

function* chunksOf({ roots, lengths }: Columns): Generator<{ id: ObjectId; length: number }> {
  for (let i = 0; i * 2 < lengths.byteLength; i++) {
    const dataRoot = roots.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
    const length = lengths.getUint16(i * 2);
    yield { id: objectId({ kind: OBJECT_KIND.chunk, sizeBytes: length, count: 1, dataRoot }), length };
  }
}

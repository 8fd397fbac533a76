import { compareBytes, OBJECT_KIND, type ObjectId } from '../content/object-id.ts';
import type { ChunkFinder, PlacedChunk } from './reading/chunk-finder.ts';
import { readManifest } from './reading/collection-reader.ts';
import { type Heads, notFound } from './heads.ts';
import { shareStat } from './held-object.ts';
import type { ObjectReader } from './reading/object-reader.ts';
import type { ShareStat } from './shares.ts';

/** What the verbs that describe shares work with. */
export interface StatParts {
  readonly heads: Heads;
  readonly finder: ChunkFinder;
  readonly reader: ObjectReader;
}

/**
 * Says what is held under the id of a chunk, alone or in a collection, or of a collection.
 * @throws ProvenderError `PROVENDER_NOT_FOUND`; `PROVENDER_CORRUPT` when head, index row or manifest is damaged
 */
export async function statShare(parts: StatParts, id: ObjectId): Promise<ShareStat> {
  const found = (await parts.heads.findChunk(id)) ?? (await parts.heads.find(id, OBJECT_KIND.collection));
  if (found !== undefined) return shareStat(found);
  const [inside] = await parts.finder.places([id]);
  const place = inside?.places[0];
  if (place !== undefined) return placedStat(parts, place);
  throw inside?.error ?? notFound('chunk or collection', id);
}

/** Says what is held of a file. @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_CORRUPT` */
export async function statFile({ heads }: StatParts, id: ObjectId): Promise<ShareStat> {
  const file = await heads.find(id, OBJECT_KIND.file);
  if (file === undefined) throw notFound('file', id);
  return shareStat(file);
}

/**
 * Says what a chunk inside a collection is. An index row is only a hint; the manifest, which the tree covers, decides.
 * @throws ProvenderError `PROVENDER_CORRUPT` when they do not agree, or the manifest is damaged
 */
export async function placedStat({ reader, finder }: StatParts, place: PlacedChunk): Promise<ShareStat> {
  const { id, object, row } = place;
  const { position } = row;
  if (position >= object.head.statement.count) throw await finder.rowDamaged(place);
  const [entry] = await readManifest(reader, object, { first: position, count: 1 });
  if (entry === undefined || compareBytes(entry.id, id) !== 0 || entry.length !== row.length)
    throw await finder.rowDamaged(place);
  return {
    id,
    kind: OBJECT_KIND.chunk,
    sizeBytes: entry.length,
    count: 1,
    profile: object.head.statement.profile,
    storedBytes: 0,
    commitment: object.head.commitment,
    collection: { id: object.id, position },
  };
}

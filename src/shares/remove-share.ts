import { OBJECT_KIND, type ObjectId, objectIdHex, type ObjectKind } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { ChunkFinder } from './reading/chunk-finder.ts';
import { type Heads, notFound } from './heads.ts';

/** Others may set and remove the same id meanwhile; after so many heads seen in vain the caller decides. */
const ATTEMPTS = 4;

/** What the verbs that remove shares work with. */
export interface RemoveParts {
  readonly store: ObjectStore;
  readonly heads: Heads;
  readonly finder: ChunkFinder;
}

/**
 * Removes a lone chunk or a collection.
 * @throws ProvenderError `PROVENDER_NOT_FOUND`; `PROVENDER_INVALID` for a chunk that goes with its collection only
 */
export async function removeShare(parts: RemoveParts, id: ObjectId): Promise<void> {
  if (await removeChunk(parts.store, id)) return;
  if (await removeObject(parts, id, OBJECT_KIND.collection)) return;
  const [found] = await parts.finder.places([id]);
  const place = found?.places[0];
  if (place === undefined) throw notFound('chunk or collection', id);
  const collection = objectIdHex(place.object.id);
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `chunk ${objectIdHex(id)} lies in collection ${collection} and goes with it only; remove the collection`,
    { details: { collection, position: place.row.position } },
  );
}

/** Removes a file. @throws ProvenderError `PROVENDER_NOT_FOUND` */
export async function removeFile(parts: RemoveParts, id: ObjectId): Promise<void> {
  if (!(await removeObject(parts, id, OBJECT_KIND.file))) throw notFound('file', id);
}

/** The head guards the removal as bytes, so a chunk with a damaged head can be removed too. */
async function removeChunk(store: ObjectStore, id: ObjectId): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [chunk] = await store.getChunks([id]);
    if (chunk === undefined) return false;
    if (isProvenderError(chunk)) throw chunk;
    if (await store.removeChunk(id, chunk.head)) return true;
  }
  throw contended(id);
}

async function removeObject({ store, heads }: RemoveParts, id: ObjectId, kind: ObjectKind): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const head = await store.getHead(id);
    if (head === undefined || !(await mayBe(heads, { id, head, kind }))) return false;
    if (await store.remove(id, head)) return true;
  }
  throw contended(id);
}

/** A head that cannot be read may be of any kind: whoever wants to be rid of it shall be. */
async function mayBe(
  heads: Heads,
  found: { id: ObjectId; head: Uint8Array; kind: ObjectKind },
): Promise<boolean> {
  try {
    return (await heads.decode(found.id, found.head)).head.statement.kind === found.kind;
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_CORRUPT')) return true;
    throw error;
  }
}

function contended(id: ObjectId): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFLICT',
    `${objectIdHex(id)} is set and removed by others at the same time; read it again and decide`,
    { details: { id: objectIdHex(id) } },
  );
}

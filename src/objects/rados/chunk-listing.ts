import { concatBytes } from '@noble/hashes/utils.js';
import { HASH_SIZE } from '../../content/geometry.ts';
import { compareBytes, type ObjectId, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { CatalogEntry } from '../object-store.ts';
import { chunkIdOfKey } from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosChunks } from './rados-chunks.ts';
import type { RadosSession } from './rados-session.ts';

/** Slices of the hash space. Each is listed whole, since a place inside one cannot be named in a way that lasts. */
export const LIST_SLICES = 1024;
/** u16 slice ‖ id */
const TOKEN_SIZE = 2 + HASH_SIZE;
/** Slices that are listed beside each other; few at first, more when they turn out to hold little. */
const FIRST_WIDTH = 2;
const MAX_WIDTH = 64;

/** A chunk's place in the listing. */
interface Place {
  readonly slice: number;
  readonly id: ObjectId;
}

/**
 * Lists lone chunks slice by slice, inside a slice in order of ids: complete, and the same order each time.
 *
 * @param page - `after`: token of an entry, held or not
 * @throws ProvenderError `PROVENDER_INVALID` for a token of another form
 * @see object-layout.md, section 6, "Listing"
 */
export async function listChunks(
  session: RadosSession,
  chunks: RadosChunks,
  page: { after?: Uint8Array; limit: number },
): Promise<readonly CatalogEntry[]> {
  const after = page.after === undefined ? undefined : parseToken(page.after);
  const entries: CatalogEntry[] = [];
  let waiting: Place[] = [];
  const take = async (): Promise<void> => {
    const some = waiting.splice(0, page.limit - entries.length);
    const heads = await Promise.all(some.map(({ id }) => chunks.head(session, id)));
    for (const [i, { slice, id }] of some.entries()) {
      const head = heads[i];
      if (head !== undefined) entries.push({ id, head, token: tokenOf(slice, id) }); // else it was removed meanwhile
    }
  };
  for await (const places of placesFrom(session, after, page.limit)) {
    waiting = places;
    while (waiting.length > 0 && entries.length < page.limit) await take();
    if (entries.length === page.limit) break;
  }
  return entries;
}

/** Ids of all lone chunks in the order of the listing, some slices at a time. */
async function* placesFrom(
  session: RadosSession,
  after: Place | undefined,
  wanted: number,
): AsyncGenerator<Place[]> {
  let found = 0;
  let listed = 0;
  for (let slice = after?.slice ?? 0; slice < LIST_SLICES; ) {
    const perSlice = listed === 0 ? wanted / FIRST_WIDTH : found / listed;
    const width = Math.min(MAX_WIDTH, LIST_SLICES - slice, Math.ceil(wanted / Math.max(perSlice, 0.01)));
    const slices = Array.from({ length: width }, (_, i) => slice + i);
    const places = await Promise.all(slices.map((one) => placesOf(session, one)));
    slice += width;
    listed += width;
    for (const some of places) {
      found += some.length;
      const rest = after === undefined ? some : some.filter((place) => comparePlaces(place, after) > 0);
      if (rest.length > 0) yield rest;
    }
  }
}

async function placesOf(session: RadosSession, slice: number): Promise<Place[]> {
  const places: Place[] = [];
  for await (const id of chunkIds(session, slice)) places.push({ slice, id });
  return places.sort(comparePlaces);
}

/** Ids of the lone chunks of one slice, in no order. */
export async function* chunkIds(session: RadosSession, slice: number): AsyncGenerator<ObjectId> {
  const keys = session.objects.list({ slice, slices: LIST_SLICES })[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await asPort(session, 'list chunks', () => keys.next());
    if (done === true) return;
    const id = chunkIdOfKey(value);
    if (id !== undefined) yield id;
  }
}

function comparePlaces(a: Place, b: Place): number {
  return a.slice === b.slice ? compareBytes(a.id, b.id) : a.slice - b.slice;
}

function tokenOf(slice: number, id: ObjectId): Uint8Array {
  return concatBytes(Uint8Array.of(slice >> 8, slice & 0xff), id);
}

function parseToken(token: Uint8Array): Place {
  const slice = (token[0] ?? 0) * 256 + (token[1] ?? 0);
  if (token.length !== TOKEN_SIZE || slice >= LIST_SLICES)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `list of chunks: ${token.length} bytes are no place in it; pass what the page before gave`,
    );
  return { slice, id: parseObjectId(token.slice(2)) };
}

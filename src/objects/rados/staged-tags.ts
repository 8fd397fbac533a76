import { tagName, type Tag } from '../tag.ts';
import type { RadosPool } from './client/rados-pool.ts';
import { dataNamespace, parseDataKey } from './keys.ts';
import type { RadosEvents } from './rados-events.ts';

/** A tag whose data was found, and how many stripes it can have. */
export interface FoundTag {
  readonly tag: Tag;
  /** One more than the highest stripe found; 0 when there was only `r`. */
  readonly stripes: number;
}

/** What to look for. */
export interface TagSearch {
  readonly data: RadosPool;
  /** Namespace NS, for reports. */
  readonly namespace: string;
  /** Whether the tags of a session are wanted. */
  readonly wanted: (session: number) => boolean;
  readonly events: RadosEvents;
  readonly signal: AbortSignal;
  /** Tags held in memory at once, 2^17 by default: about 20 MB. Tests make it small. */
  readonly maxTags?: number;
}

const MAX_TAGS = 2 ** 17;

/**
 * Lists NS`.data` and gives the tags of the wanted sessions, in groups of bounded size: when there are more than fit, the list is walked again for each
 * remaining part of them.
 */
export async function* findTags(search: TagSearch): AsyncGenerator<readonly FoundTag[]> {
  const maxTags = search.maxTags ?? MAX_TAGS;
  let parts = 1;
  for (let part = 0; part < parts; part++) {
    const found = new Map<string, FoundTag>();
    for await (const name of search.data.list({ signal: search.signal })) {
      const place = parseDataKey(name);
      if (place === undefined) {
        if (part === 0) search.events.foreignName?.({ namespace: dataNamespace(search.namespace), name });
        continue;
      }
      if (!isWanted(search, place.tag) || numberOf(place.tag) % parts !== part) continue;
      note(found, place.tag, place.stripe);
      while (found.size > maxTags && part === 0) {
        parts *= 2;
        for (const [key, { tag }] of found) if (numberOf(tag) % parts !== 0) found.delete(key);
      }
    }
    yield [...found.values()];
  }
}

function note(found: Map<string, FoundTag>, tag: Tag, stripe: number | undefined): void {
  const key = tagName(tag);
  const stripes = Math.max(found.get(key)?.stripes ?? 0, stripe === undefined ? 0 : stripe + 1);
  found.set(key, { tag, stripes });
}

function isWanted({ wanted }: TagSearch, tag: Tag): boolean {
  return wanted(sessionOfTag(tag));
}

/** Session A of a tag. */
export function sessionOfTag(tag: Tag): number {
  return new DataView(tag.buffer, tag.byteOffset, tag.byteLength).getUint32(0);
}

function numberOf(tag: Tag): number {
  return new DataView(tag.buffer, tag.byteOffset, tag.byteLength).getUint32(4);
}

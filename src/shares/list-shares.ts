import { OBJECT_KIND, type ObjectKind } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type { CatalogEntry, ObjectStore } from '../objects/object-store.ts';
import { throwIfAborted } from './abort.ts';
import type { Heads } from './heads.ts';
import { shareStat } from './held-object.ts';
import type { SharePage, ShareStat } from './shares.ts';

/** The most entries of a page. */
const LIST_LIMIT = 1000;

/** A page to list. */
export interface ListQuery {
  readonly kind: ObjectKind;
  /** `next` of the page before. */
  readonly after?: Uint8Array;
  readonly limit: number;
}

/**
 * Lists objects of one kind in the order of the store. One whose head is damaged is reported and left out, for it would close the listing to all
 * that come after it.
 * @throws ProvenderError `PROVENDER_INVALID` for a limit outside 1 to 1000, and for an `after` that no page of this store gave
 */
export async function listShares(
  { store, heads }: { store: ObjectStore; heads: Heads },
  query: ListQuery,
  signal: AbortSignal,
): Promise<SharePage> {
  const { kind, limit } = query;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIST_LIMIT) {
    throw new ProvenderError('PROVENDER_INVALID', `list limit ${limit}, from 1 to ${LIST_LIMIT}`, {
      details: { found: limit, limit: LIST_LIMIT },
    });
  }
  const what = kind === OBJECT_KIND.chunk ? 'chunks' : 'objects';
  const stats: ShareStat[] = [];
  let { after } = query;
  for (;;) {
    throwIfAborted(signal);
    const page = await store.list(what, { limit: LIST_LIMIT, ...(after && { after }) });
    for (const entry of page) {
      const stat = await statOf(heads, entry);
      if (stat?.kind === kind) stats.push(stat);
      if (stats.length === limit) return { shares: stats, next: entry.token };
    }
    after = page.at(-1)?.token;
    if (page.length < LIST_LIMIT) return { shares: stats };
  }
}

async function statOf(heads: Heads, { id, head }: CatalogEntry): Promise<ShareStat | undefined> {
  try {
    return shareStat(await heads.decode(id, head));
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_CORRUPT')) return undefined; // reported by `decode`
    throw error;
  }
}

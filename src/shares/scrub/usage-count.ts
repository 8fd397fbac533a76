import { BLOCK_SIZE } from '../../content/geometry.ts';
import { OBJECT_KIND } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { checkedHead } from '../../objects/head.ts';
import type { CatalogEntry, ObjectStore, StoreUsage } from '../../objects/object-store.ts';
import { storedSize } from '../../objects/stored-size.ts';
import { profilePasses } from '../../proof/profile.ts';

/** Entries of a page: 0.3 MiB of heads. */
const PAGE = 1000;
/** Listings that are tried until two in a row agree. */
const ATTEMPTS = 4;

/** Nothing at all. */
export const NO_USAGE: StoreUsage = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };

/** Sum, or with `sign` -1 the difference. */
export function addUsage(a: StoreUsage, b: StoreUsage, sign: 1 | -1 = 1): StoreUsage {
  return {
    storedBytes: a.storedBytes + sign * b.storedBytes,
    chunks: a.chunks + sign * b.chunks,
    files: a.files + sign * b.files,
    collections: a.collections + sign * b.collections,
  };
}

/** Tells whether two are the same. */
export function isSameUsage(a: StoreUsage, b: StoreUsage): boolean {
  return isNoUsage(addUsage(a, b, -1));
}

/** Tells whether there is nothing, or no difference. */
export function isNoUsage({ storedBytes, chunks, files, collections }: StoreUsage): boolean {
  return storedBytes === 0 && chunks === 0 && files === 0 && collections === 0;
}

/** What an object takes, as its head tells. @throws ProvenderError `PROVENDER_CORRUPT` when that cannot be read */
export function usageOfHead({ id, head }: Pick<CatalogEntry, 'id' | 'head'>): StoreUsage {
  const { kind, sizeBytes, profile } = checkedHead(id, head).statement;
  if (kind === OBJECT_KIND.chunk) return { ...NO_USAGE, storedBytes: BLOCK_SIZE + head.length, chunks: 1 };
  const storedBytes = storedSize({ kind, sizeBytes, passes: profilePasses(profile) }, head.length);
  const isFile = kind === OBJECT_KIND.file;
  return { storedBytes, chunks: 0, files: isFile ? 1 : 0, collections: isFile ? 0 : 1 };
}

/** How a count takes its time. */
export interface CountPauses {
  /** Awaited between pages. */
  readonly turn: () => Promise<void>;
  /** Awaited before a listing that has to agree with the one before: as long as a set may take at its end. */
  readonly settle: () => Promise<void>;
}

/**
 * Counts what the listings name. A difference is believed when two listings in a row find it and nothing changed from the first to the second:
 * what is just being set may be listed before it is counted.
 *
 * @returns counted minus what the store says; `undefined` when the store kept changing, or a head cannot be read
 */
export async function usageDifference(
  store: ObjectStore,
  { turn, settle }: CountPauses,
): Promise<StoreUsage | undefined> {
  let seen: { readonly usage: StoreUsage; readonly counted: StoreUsage } | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const usage = store.usage();
    const counted = await countListed(store, turn);
    if (counted === undefined) return undefined;
    const isQuiet = isSameUsage(usage, store.usage());
    const isAgain =
      seen !== undefined && isSameUsage(seen.usage, usage) && isSameUsage(seen.counted, counted);
    if (isQuiet && (isAgain || isSameUsage(usage, counted))) return addUsage(counted, usage, -1);
    seen = isQuiet ? { usage, counted } : undefined;
    await settle();
  }
  return undefined;
}

async function countListed(store: ObjectStore, turn: () => Promise<void>): Promise<StoreUsage | undefined> {
  let sum = NO_USAGE;
  try {
    for (const what of ['objects', 'chunks'] as const) {
      for (let after: Uint8Array | undefined; ; ) {
        await turn();
        const page = await store.list(what, { limit: PAGE, ...(after && { after }) });
        for (const entry of page) sum = addUsage(sum, usageOfHead(entry));
        after = page.at(-1)?.token;
        if (page.length < PAGE) break;
      }
    }
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_CORRUPT')) return undefined; // reported when it was checked
    throw error;
  }
  return sum;
}

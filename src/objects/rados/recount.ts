import { OBJECT_KIND } from '../../content/object-id.ts';
import { kindInHead } from '../head.ts';
import { chunkIds, LIST_SLICES } from './chunk-listing.ts';
import { inParallel } from './in-parallel.ts';
import { listObjects } from './object-listing.ts';
import type { RadosSession } from './rados-session.ts';
import type { UsageCounts } from './usage-counts.ts';

/** Slices that are listed beside each other: few, for the calls come first. */
const WIDTH = 8;
const PAGE = 1000;

/** Counts what the pool holds by kind, anew. @throws ProvenderError `PROVENDER_UNAVAILABLE` when the session ends; the counts are then incomplete */
export async function recount(
  session: RadosSession,
  counts: UsageCounts,
  signal: AbortSignal,
): Promise<void> {
  counts.beginRecount(session.number);
  const slices = Array.from({ length: LIST_SLICES }, (_, slice) => slice);
  await inParallel(slices, WIDTH, async (slice) => {
    signal.throwIfAborted();
    for await (const id of chunkIds(session, slice)) counts.found(id, OBJECT_KIND.chunk);
  });
  for (let after: Uint8Array | undefined; ; ) {
    signal.throwIfAborted();
    const page = await listObjects(session, after === undefined ? { limit: PAGE } : { after, limit: PAGE });
    for (const { id, head } of page) {
      const kind = kindInHead(head);
      if (kind !== undefined) counts.found(id, kind);
    }
    after = page.at(-1)?.token;
    if (page.length < PAGE) break;
  }
  counts.endRecount();
}

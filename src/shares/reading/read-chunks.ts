import { BLOCK_SIZE } from '../../content/geometry.ts';
import type { ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { throwIfAborted } from '../abort.ts';
import { BATCH_CHUNKS, type ChunkFinder } from './chunk-finder.ts';
import type { ShareItem } from '../shares.ts';
import type { VerifiedRunsParts } from './verified-runs.ts';

/** The most ids of one stream. */
const STREAM_IDS = 4096;
/** One batch with the consumer and one being read. */
const HELD_BYTES = 2 * BATCH_CHUNKS * BLOCK_SIZE;

/**
 * Reads chunks by id in batches of at most 64, one batch ahead.
 * @throws ProvenderError `PROVENDER_INVALID` above 4096 ids; the reason of an aborted call
 */
export async function* readChunks(
  finder: ChunkFinder,
  ids: readonly ObjectId[],
  { budget, call: { signal } }: Pick<VerifiedRunsParts, 'budget' | 'call'>,
): AsyncGenerator<readonly ShareItem[], undefined> {
  if (ids.length > STREAM_IDS) {
    throw new ProvenderError('PROVENDER_INVALID', `${ids.length} ids, limit ${STREAM_IDS}`, {
      details: { found: ids.length, limit: STREAM_IDS },
    });
  }
  await budget.take(HELD_BYTES, signal);
  let held = HELD_BYTES;
  const giveBack = (): void => {
    budget.release(held);
    held = 0;
  };
  signal.addEventListener('abort', giveBack, { once: true }); // also when the consumer never comes back
  let ahead: Promise<readonly ShareItem[]> | undefined;
  const readAhead = (at: number): void => {
    const batch = ids.slice(at, at + BATCH_CHUNKS);
    ahead = batch.length === 0 ? undefined : finder.get(batch);
    ahead?.catch(() => undefined); // whoever awaits it gets the error; a consumer that left does not
  };
  try {
    readAhead(0);
    for (let at = BATCH_CHUNKS; ahead !== undefined; at += BATCH_CHUNKS) {
      const batch: readonly ShareItem[] = await ahead;
      readAhead(at);
      throwIfAborted(signal);
      yield batch;
    }
  } finally {
    await Promise.allSettled([ahead]);
    signal.removeEventListener('abort', giveBack);
    giveBack();
  }
  return undefined;
}

import { ProvenderError } from '../../content/provender-error.ts';
import type { StoreUsage } from '../object-store.ts';

const FIELDS = ['chunkBytes', 'chunks', 'objectBytes', 'files', 'collections'] as const;

/** What is counted; lone chunks apart, since `files` counts their files and not a record. */
export type UsageCounts = Readonly<Record<(typeof FIELDS)[number], number>>;

/** An empty store. */
export const NO_USAGE: UsageCounts = { chunkBytes: 0, chunks: 0, objectBytes: 0, files: 0, collections: 0 };

/** The counts after a change. */
export function addUsage(counts: UsageCounts, change: Partial<UsageCounts>): UsageCounts {
  const sum = { ...counts };
  for (const field of FIELDS) sum[field] += change[field] ?? 0;
  return sum;
}

/** What the port tells of the counts. */
export function storeUsage(counts: UsageCounts): StoreUsage {
  const { chunkBytes, objectBytes, chunks, files, collections } = counts;
  return { storedBytes: chunkBytes + objectBytes, chunks, files, collections };
}

/** u64 chunkBytes ‖ u64 chunks ‖ u64 objectBytes ‖ u64 files ‖ u64 collections. */
export function encodeUsage(counts: UsageCounts): Uint8Array {
  const bytes = new Uint8Array(FIELDS.length * 8);
  const view = new DataView(bytes.buffer);
  FIELDS.forEach((field, i) => view.setBigUint64(i * 8, BigInt(counts[field])));
  return bytes;
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for another length or a number above 2^53 */
export function decodeUsage(bytes: Uint8Array): UsageCounts {
  if (bytes.length !== FIELDS.length * 8)
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `usage record of ${bytes.length} bytes, not ${FIELDS.length * 8}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const counts = { ...NO_USAGE };
  FIELDS.forEach((field, i) => {
    const value = Number(view.getBigUint64(i * 8));
    if (!Number.isSafeInteger(value))
      throw new ProvenderError('PROVENDER_CORRUPT', `usage record: ${field} is ${value}`);
    counts[field] = value;
  });
  return counts;
}

import { BLOCK_SIZE, ENTRIES_PER_BLOCK, HASH_SIZE } from '../../content/geometry.ts';
import { readManifestEntry } from '../../content/manifest.ts';
import type { ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { tagName } from '../../objects/tag.ts';
import { chunkIds } from '../../proof/kernels.ts';
import { throwIfAborted } from '../abort.ts';
import { BATCH_CHUNKS } from './chunk-finder.ts';
import type { HeldObject } from '../held-object.ts';
import type { ObjectReader, StripeRun, VerifiedRun } from './object-reader.ts';
import type { ShareItem } from '../shares.ts';
import { asConflict, stripeRuns, VerifiedRuns, type VerifiedRunsParts } from './verified-runs.ts';

/** A chunk as the manifest of its collection tells it. */
export interface ManifestEntry {
  readonly id: ObjectId;
  readonly length: number;
}

/** Entries that a stream reads at once: 16 blocks of the manifest, which in a replica share what they are decoded from. */
const WINDOW_ENTRIES = 16 * ENTRIES_PER_BLOCK;

/** Reads entries `first` to `first + count` (excluded) of a collection's manifest, checked against the tree. */
export async function readManifest(
  reader: ObjectReader,
  object: HeldObject,
  { first, count }: { first: number; count: number },
): Promise<readonly ManifestEntry[]> {
  const manifest = object.head.statement.count; // its first block comes after the last chunk
  const end = first + count;
  const blocks = {
    first: manifest + Math.floor(first / ENTRIES_PER_BLOCK),
    end: manifest + Math.ceil(end / ENTRIES_PER_BLOCK),
  };
  const entries: ManifestEntry[] = [];
  for (const run of stripeRuns(blocks)) {
    const { data } = await reader.read(object, run);
    const base = (run.first - manifest) * ENTRIES_PER_BLOCK;
    const last = Math.min(end, (run.end - manifest) * ENTRIES_PER_BLOCK);
    for (let position = Math.max(first, base); position < last; position++) {
      const at = position - base;
      const block = data.subarray(Math.floor(at / ENTRIES_PER_BLOCK) * BLOCK_SIZE);
      entries.push(readManifestEntry(block, at % ENTRIES_PER_BLOCK));
    }
  }
  return entries;
}

/** The manifest as a stream of chunks needs it: ascending, some entries ahead. */
class ManifestWindow {
  readonly #reader: ObjectReader;
  readonly #object: HeldObject;
  /** Position behind the last chunk of the stream. */
  readonly #end: number;
  #first = 0;
  #entries: readonly ManifestEntry[] = [];

  constructor(reader: ObjectReader, object: HeldObject, end: number) {
    this.#reader = reader;
    this.#object = object;
    this.#end = end;
  }

  /** Entries of the chunks of a run. */
  async of({ first, end }: StripeRun): Promise<readonly ManifestEntry[]> {
    if (first < this.#first || end > this.#first + this.#entries.length) {
      const count = Math.min(this.#end, Math.max(end, first + WINDOW_ENTRIES)) - first;
      this.#entries = await readManifest(this.#reader, this.#object, { first, count });
      this.#first = first;
    }
    return this.#entries.slice(first - this.#first, end - this.#first);
  }
}

/**
 * Reads chunks of a collection in order, in batches of at most 64; ids and lengths come from the manifest.
 * @throws ProvenderError `PROVENDER_RANGE` when the range leaves the collection; `PROVENDER_CONFLICT` when it is removed in the middle
 */
export async function* readCollection(
  object: HeldObject,
  range: { first: number; count?: number },
  parts: VerifiedRunsParts,
): AsyncGenerator<readonly ShareItem[], undefined> {
  const blocks = chunkRange(object, range);
  const runs = await VerifiedRuns.open(object, blocks, parts);
  const manifest = new ManifestWindow(parts.reader, object, blocks.end);
  let given = false;
  try {
    for (let run = await runs.next(); run !== undefined; run = await runs.next()) {
      const items = await chunksOf(run, await manifest.of(run), (block, reason) => {
        const key = tagName(object.head.tag);
        return parts.reader.failure(object, { key, block, reason });
      });
      for (let at = 0; at < items.length; at += BATCH_CHUNKS) {
        yield items.slice(at, at + BATCH_CHUNKS);
        given = true;
        throwIfAborted(parts.call.signal);
      }
    }
  } catch (error) {
    throw given ? asConflict(error) : error;
  } finally {
    await runs.close();
  }
  return undefined;
}

function chunkRange(
  object: HeldObject,
  range: { first: number; count?: number },
): { first: number; end: number } {
  const { count } = object.head.statement;
  const { first } = range;
  const end = first + (range.count ?? Math.max(0, count - first));
  if (!Number.isSafeInteger(first) || first < 0 || !Number.isSafeInteger(end) || end < first || end > count) {
    throw new ProvenderError('PROVENDER_RANGE', `chunks ${first} to ${end} of a collection of ${count}`, {
      details: { first, count: range.count ?? end - first, chunks: count },
    });
  }
  return { first, end };
}

/** The chunks of a run of verified blocks, each checked against the id that the manifest gives. */
async function chunksOf(
  run: VerifiedRun,
  entries: readonly ManifestEntry[],
  failure: (block: number, reason: string) => Promise<ProvenderError>,
): Promise<ShareItem[]> {
  const ids = new Uint8Array(entries.length * HASH_SIZE);
  chunkIds(
    run.roots,
    Uint16Array.from(entries, ({ length }) => length),
    ids,
  );
  const items: ShareItem[] = [];
  for (const [i, { id, length }] of entries.entries()) {
    if (Buffer.compare(ids.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE), id) !== 0)
      throw await failure(run.first + i, 'the manifest names another chunk than the block holds');
    items.push({ id, bytes: run.data.subarray(i * BLOCK_SIZE, i * BLOCK_SIZE + length) });
  }
  return items;
}

import { HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { compareBytes, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { stripeKey } from '../../objects/data-names.ts';
import type { ChunkLocation } from '../../objects/object-store.ts';
import type { StripeLayout } from '../../objects/stripe.ts';
import { chunkIds } from '../../proof/kernels.ts';
import type { ManifestEntry } from '../reading/collection-reader.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { ChangedMeanwhile, type CheckParts } from './check-parts.ts';
import type { Finding } from './findings.ts';
import { hashAt } from './hashes.ts';
import { manifestEntries } from './read-manifest.ts';

/** Chunks that are looked up at a time. */
const LOOKUPS = 32;
/** What a look-up counts for in the rate. */
const LOOKUP_BYTES = 64;
/** A manifest entry takes a 64th of a block, and one block of profile cat-1 is decoded from eight. */
const ENTRY_BYTES = 512;

/** What is damaged besides its kind. */
type Place = Omit<Finding, 'object' | 'kind'>;

/**
 * Checks what a collection says of its chunks and no tree covers: the lengths in the stripes and the index rows, against the manifest.
 * The manifest of profile cat-2 is dear to decode, so a deep round only reads it.
 */
export class ChunkPlaces {
  readonly #object: HeldObject;
  readonly #parts: CheckParts;
  readonly #report: (finding: Omit<Finding, 'object'>) => Promise<void>;
  readonly #isWanted: boolean;
  #failure: Place | undefined;

  constructor(
    object: HeldObject,
    parts: CheckParts,
    report: (finding: Omit<Finding, 'object'>) => Promise<void>,
  ) {
    this.#object = object;
    this.#parts = parts;
    this.#report = report;
    this.#isWanted = parts.isDeep || stripedObject(object).passes <= 1;
  }

  /** Why the manifest could not be read. Most often the blocks say so themselves later. */
  get failure(): Place | undefined {
    return this.#failure;
  }

  /** @param found.isSound - no damage of this stripe has been found: its block roots may be believed */
  async check(
    stripe: number,
    found: { readonly layout: StripeLayout; readonly tail: Uint8Array; readonly isSound: boolean },
  ): Promise<void> {
    const first = stripe * STRIPE_BLOCKS;
    const count = Math.min(found.layout.blocks, this.#object.head.statement.count - first);
    if (!this.#isWanted || count <= 0 || this.#failure !== undefined) return;
    await this.#parts.turn(count * ENTRY_BYTES);
    const entries = await this.#manifest({ first, count });
    if (entries === undefined) return;
    await this.#checkLengths(stripe, entries, found);
    if (found.isSound) await this.#checkIds(stripe, entries, found.tail);
    for (let at = 0; at < count; at += LOOKUPS) {
      await this.#parts.turn(LOOKUPS * LOOKUP_BYTES);
      const some = entries.slice(at, at + LOOKUPS);
      const rows = await Promise.all(some.map((entry, i) => this.#rowProblem(entry, first + at + i)));
      for (const problem of rows) if (problem !== undefined) await this.#report(problem);
    }
  }

  async #manifest(range: { first: number; count: number }): Promise<readonly ManifestEntry[] | undefined> {
    try {
      return await manifestEntries(this.#parts.layers, this.#object, range);
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) throw new ChangedMeanwhile(error.message);
      if (!isProvenderError(error, 'PROVENDER_CORRUPT')) throw error;
      const { key, block } = error.details;
      this.#failure = {
        key: typeof key === 'string' ? key : stripeKey(this.#object.head.tag, 0),
        ...(typeof block === 'number' ? { block } : {}),
        reason: `the manifest cannot be read: ${error.message}`,
      };
      return undefined;
    }
  }

  async #checkLengths(
    stripe: number,
    entries: readonly ManifestEntry[],
    { layout, tail }: { readonly layout: StripeLayout; readonly tail: Uint8Array },
  ): Promise<void> {
    const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
    const start = layout.lengthsOffset - layout.rootsOffset;
    for (let i = 0; i < layout.blocks; i++) {
      const length = view.getUint16(start + 2 * i);
      const expected = entries[i]?.length ?? 0; // a manifest block has none
      if (length === expected) continue;
      const reason = `the chunk length is ${length}, the manifest says ${expected}`;
      const block = stripe * STRIPE_BLOCKS + i;
      await this.#report({ kind: 'length', key: stripeKey(this.#object.head.tag, stripe), block, reason });
    }
  }

  /** The root of a block of layer 0 is the data root of its chunk. */
  async #checkIds(stripe: number, entries: readonly ManifestEntry[], tail: Uint8Array): Promise<void> {
    const roots = tail.subarray(0, entries.length * HASH_SIZE);
    const lengths = Uint16Array.from(entries, ({ length }) => length);
    const ids = new Uint8Array(roots.length);
    chunkIds(roots, lengths, ids);
    for (const [i, { id }] of entries.entries()) {
      if (Buffer.compare(hashAt(ids, i), id) === 0) continue;
      const reason = 'the manifest names another chunk than the block holds';
      const block = stripe * STRIPE_BLOCKS + i;
      await this.#report({ kind: 'block', key: stripeKey(this.#object.head.tag, stripe), block, reason });
    }
  }

  async #rowProblem(entry: ManifestEntry, position: number): Promise<Omit<Finding, 'object'> | undefined> {
    const problem = (reason: string): Omit<Finding, 'object'> => ({
      kind: 'index',
      key: `x/${objectIdHex(entry.id)}`,
      block: position,
      reason,
    });
    let rows: readonly ChunkLocation[];
    try {
      rows = await this.#parts.store.findChunk(entry.id);
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_CORRUPT')) throw error;
      return problem(error.message);
    }
    const { id, head } = this.#object;
    const own = rows.find(
      ({ collection, tag }) => compareBytes(collection, id) === 0 && compareBytes(tag, head.tag) === 0,
    );
    const place = `position ${position} with ${entry.length} bytes of collection ${objectIdHex(id)}`;
    if (own === undefined) return problem(`the index has no row for ${place}`);
    if (own.position === position && own.length === entry.length) return undefined;
    return problem(`the index names position ${own.position} with ${own.length} bytes, not ${place}`);
  }
}

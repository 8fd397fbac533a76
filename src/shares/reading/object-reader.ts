import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import type { ProvenderError } from '../../content/provender-error.ts';
import { isZero } from '../../content/zero-bytes.ts';
import { stripeKey } from '../../objects/data-names.ts';
import type { BlockHashing } from '../memory/block-hashing.ts';
import type { Damage } from '../damage-reports.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { contentEnd } from '../replica-facts.ts';
import type { StripeReader } from './stripe-reader.ts';
import type { VerifiedLayers } from './verified-layers.ts';
import { firstDifference, type VerifiedRoots } from './verified-roots.ts';

/** A run of blocks inside one stripe, numbered from the start of the object. */
export interface StripeRun {
  readonly stripe: number;
  readonly first: number;
  readonly end: number;
}

/** Blocks that passed their check. */
export interface VerifiedRun extends StripeRun {
  /** Whole blocks, filling included; in the memory that was lent for the read, or in memory of its own. */
  readonly data: Uint8Array;
  /** Root of each block. */
  readonly roots: Uint8Array;
}

/** What an object reader works with. */
export interface ObjectReaderParts {
  readonly stripes: StripeReader;
  readonly roots: VerifiedRoots;
  readonly layers: VerifiedLayers;
  readonly hashing: BlockHashing;
}

/**
 * Reads content of files and collections by runs of blocks and lets none out that the signed head does not vouch for:
 * head -> data root -> stripe roots `r` -> block roots of the stripe -> block.
 * @see object-layout.md, section 3
 */
export class ObjectReader {
  readonly #parts: ObjectReaderParts;

  constructor(parts: ObjectReaderParts) {
    this.#parts = parts;
  }

  /**
   * Reads one run of at most 1 MiB, of a replica by decoding each block apart: for runs of many blocks `SegmentedRuns` is cheaper.
   * @param memory - what it may be read into, see `RunMemory`; after a failure it must not be used again
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when it stands and does not fit
   */
  read(object: HeldObject, run: StripeRun, memory?: Uint8Array): Promise<VerifiedRun> {
    const { passes } = stripedObject(object);
    return passes === 0 ? this.#readPlain(object, run, memory) : this.#readDecoded(object, run, memory);
  }

  /** The error for something that failed its check: damage if the head stands, else the object is gone, which is no damage. */
  failure(object: HeldObject, damage: Damage): Promise<ProvenderError> {
    return this.#parts.stripes.failure(object, damage);
  }

  async #readPlain(object: HeldObject, run: StripeRun, memory?: Uint8Array): Promise<VerifiedRun> {
    const { stripes, roots: tree } = this.#parts;
    const { stripe } = run;
    const start = run.first - stripe * STRIPE_BLOCKS;
    const own = { offset: start * BLOCK_SIZE, length: (run.end - run.first) * BLOCK_SIZE };
    const known = tree.known(object, stripe, 0);
    const extents = known === undefined ? [own, tree.extent(object, stripe, 0)] : [own];
    const wish = { extents, memory };
    const [data = NOTHING, read = NOTHING] = await stripes.read(object, stripe, wish, known === undefined);
    const column = known ?? (await tree.verified(object, { stripe, layer: 0, column: read }));
    const roots = await this.#parts.hashing.roots(data);
    const wrong = firstDifference(roots, column.subarray(start * HASH_SIZE));
    if (wrong !== undefined) {
      throw await this.failure(object, {
        key: stripeKey(object.head.tag, stripe),
        block: run.first + wrong,
        reason: 'the block does not fit its root',
      });
    }
    await this.#checkFilling(object, run, data);
    return { ...run, data, roots };
  }

  async #readDecoded(object: HeldObject, run: StripeRun, memory?: Uint8Array): Promise<VerifiedRun> {
    const { layers } = this.#parts;
    const count = run.end - run.first;
    const numbers = Array.from({ length: count }, (_, i) => run.first + i);
    const blocks = await layers.blocks(object, 0, numbers);
    const column = await layers.column(object, run.stripe, 0); // in the cache by now
    const data = memory?.subarray(0, count * BLOCK_SIZE) ?? new Uint8Array(count * BLOCK_SIZE);
    for (const [block, bytes] of blocks) data.set(bytes, (block - run.first) * BLOCK_SIZE);
    const at = (run.first - run.stripe * STRIPE_BLOCKS) * HASH_SIZE;
    return { ...run, data, roots: column.slice(at, at + count * HASH_SIZE) };
  }

  /** The filling of the last block is part of the tree, but only zeros are right. */
  async #checkFilling(object: HeldObject, run: StripeRun, data: Uint8Array): Promise<void> {
    const content = contentEnd(object, run.first);
    if (content >= data.length || isZero(data.subarray(content))) return;
    throw await this.#parts.layers.fillingFailure(object, run.end - 1);
  }
}

const NOTHING = new Uint8Array();

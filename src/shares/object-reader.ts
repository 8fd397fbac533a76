import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../content/geometry.ts';
import { objectIdHex } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import { rootsKey, stripeKey } from '../objects/data-names.ts';
import type { Extent, ObjectStore } from '../objects/object-store.ts';
import { type StripeLayout, stripeLayout, stripeRootsBytes } from '../objects/stripe.ts';
import { foldRoots } from '../proof/kernels.ts';
import { type BlockHashing, foldWithPauses } from './block-hashing.ts';
import type { Damage, DamageReports } from './damage-reports.ts';
import type { Heads } from './heads.ts';
import { type HeldObject, stripedObject } from './held-object.ts';
import type { TreeCache } from './tree-cache.ts';

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

/** What is read of a stripe, and where to. */
interface Wish {
  readonly extents: readonly Extent[];
  readonly memory?: Uint8Array | undefined;
}

/** What an object reader works with. */
export interface ObjectReaderParts {
  readonly store: ObjectStore;
  readonly heads: Heads;
  readonly damage: DamageReports;
  readonly hashing: BlockHashing;
  readonly cache: TreeCache;
}

/**
 * Reads blocks of files and collections and lets none out that the signed head does not vouch for:
 * head -> data root -> stripe roots `r` -> block roots of the stripe -> block.
 * @see object-layout.md, section 3
 */
export class ObjectReader {
  readonly #parts: ObjectReaderParts;

  constructor(parts: ObjectReaderParts) {
    this.#parts = parts;
  }

  /**
   * Reads one run of at most 1 MiB.
   * @param memory - what it may be read into, see `RunMemory`; after a failure it must not be used again
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when it stands and does not fit
   */
  async read(object: HeldObject, run: StripeRun, memory?: Uint8Array): Promise<VerifiedRun> {
    const layout = stripeLayout(stripedObject(object), run.stripe);
    const start = run.first - run.stripe * STRIPE_BLOCKS;
    const blocks = run.end - run.first;
    const known = this.#parts.cache.get(stripeKey(object.head.tag, run.stripe));
    const extents = [
      { offset: start * BLOCK_SIZE, length: blocks * BLOCK_SIZE },
      ...(known === undefined ? [{ offset: layout.rootsOffset, length: layout.blocks * HASH_SIZE }] : []),
    ];
    const [data, read] = await this.#extents(object, run.stripe, { extents, memory });
    const column = known ?? (await this.#verifiedColumn(object, run.stripe, layout, read));
    const roots = await this.#parts.hashing.roots(data);
    const wrong = firstDifference(roots, column.subarray(start * HASH_SIZE));
    if (wrong !== undefined) {
      throw await this.failure(object, {
        key: stripeKey(object.head.tag, run.stripe),
        block: run.first + wrong,
        reason: 'the block does not fit its root',
      });
    }
    await this.#checkFilling(object, run, data);
    return { ...run, data, roots };
  }

  /** The error for something that failed its check: damage if the head stands, else the object is gone, which is no damage. */
  async failure(object: HeldObject, damage: Damage): Promise<ProvenderError> {
    if (await this.#parts.heads.stands(object)) return this.#parts.damage.report(damage);
    return new ProvenderError(
      'PROVENDER_NOT_FOUND',
      `${objectIdHex(object.id)} was removed while it was read`,
      {
        details: { id: objectIdHex(object.id) },
      },
    );
  }

  /** Reads extents, all or failing: the first, which has to be there, and perhaps a second one. */
  async #extents(
    object: HeldObject,
    stripe: number,
    wish: Wish,
  ): Promise<[Uint8Array, Uint8Array | undefined]> {
    const { extents } = wish;
    const [first, second] = (await this.#readStripe(object, stripe, wish)) ?? [];
    if (first === undefined) {
      const block = stripe * STRIPE_BLOCKS;
      throw await this.failure(object, {
        key: stripeKey(object.head.tag, stripe),
        block,
        reason: 'the stripe is missing',
      });
    }
    const wanted = extents[0]?.length ?? 0;
    if (first.length !== wanted) {
      const at = (extents[0]?.offset ?? 0) + first.length;
      throw await this.failure(object, {
        key: stripeKey(object.head.tag, stripe),
        block: stripe * STRIPE_BLOCKS + Math.floor(at / BLOCK_SIZE),
        reason: `the stripe ends at byte ${at}`,
      });
    }
    return [first, second];
  }

  /** What the store itself finds damaged is reported like a block that does not fit. */
  async #readStripe(
    object: HeldObject,
    stripe: number,
    { extents, memory }: Wish,
  ): Promise<readonly Uint8Array[] | undefined> {
    try {
      return await this.#parts.store.readStripe(object.head.tag, stripe, extents, memory);
    } catch (cause) {
      if (!isProvenderError(cause, 'PROVENDER_CORRUPT')) throw cause;
      const block = stripe * STRIPE_BLOCKS + Math.floor((extents[0]?.offset ?? 0) / BLOCK_SIZE);
      throw await this.failure(object, {
        key: stripeKey(object.head.tag, stripe),
        block,
        reason: cause.message,
        cause,
      });
    }
  }

  /** The block roots of a stripe, checked against its stripe root and kept. */
  async #verifiedColumn(
    object: HeldObject,
    stripe: number,
    layout: StripeLayout,
    column: Uint8Array = new Uint8Array(),
  ): Promise<Uint8Array> {
    const stripeRoot = await this.#stripeRoot(object, stripe);
    const whole = column.length === layout.blocks * HASH_SIZE;
    if (!whole || firstDifference(foldRoots(column), stripeRoot) !== undefined) {
      throw await this.#columnFailure(object, { stripe, layout, column });
    }
    const kept = new Uint8Array(column); // a view would change with the memory, or keep it alive
    this.#parts.cache.put(stripeKey(object.head.tag, stripe), kept);
    return kept;
  }

  /** Finds out which root of a damaged column is wrong, as far as the blocks tell it. */
  async #columnFailure(
    object: HeldObject,
    { stripe, layout, column }: { stripe: number; layout: StripeLayout; column: Uint8Array },
  ): Promise<ProvenderError> {
    const key = stripeKey(object.head.tag, stripe);
    if (column.length !== layout.blocks * HASH_SIZE) {
      const reason = `the stripe ends within its roots: ${column.length} of ${layout.blocks * HASH_SIZE} bytes`;
      const block = stripe * STRIPE_BLOCKS + Math.floor(column.length / HASH_SIZE);
      return this.failure(object, { key, block, reason });
    }
    const step = BLOCK_SIZE * 64;
    for (let offset = 0; offset < layout.dataBytes; offset += step) {
      const length = Math.min(step, layout.dataBytes - offset);
      const [data] = await this.#extents(object, stripe, { extents: [{ offset, length }] });
      const first = offset / BLOCK_SIZE;
      const wrong = firstDifference(
        await this.#parts.hashing.roots(data),
        column.subarray(first * HASH_SIZE),
      );
      if (wrong === undefined) continue;
      const block = stripe * STRIPE_BLOCKS + first + wrong;
      return this.failure(object, { key, block, reason: 'the root of the block is damaged' });
    }
    return this.failure(object, {
      key,
      reason: 'blocks and block roots agree, but not with the stripe root',
    });
  }

  async #stripeRoot(object: HeldObject, stripe: number): Promise<Uint8Array> {
    const expected = stripeRootsBytes(stripedObject(object));
    const { dataRoot } = object.head.statement;
    if (expected === 0) return dataRoot;
    const key = rootsKey(object.head.tag);
    let roots = this.#parts.cache.get(key);
    if (roots === undefined) {
      roots = await this.#parts.store.readRoots(object.head.tag);
      if (roots?.length !== expected) {
        const found = roots === undefined ? 'missing' : `${roots.length} bytes, not ${expected}`;
        throw await this.failure(object, { key, reason: `the stripe roots are ${found}` });
      }
      if (firstDifference(await foldWithPauses(roots), dataRoot) !== undefined) {
        throw await this.failure(object, { key, reason: 'the stripe roots do not fold to the data root' });
      }
      roots = new Uint8Array(roots);
      this.#parts.cache.put(key, roots);
    }
    return roots.subarray(stripe * HASH_SIZE, (stripe + 1) * HASH_SIZE);
  }

  /** The filling of the last block is part of the tree, but only zeros are right. */
  async #checkFilling(object: HeldObject, run: StripeRun, data: Uint8Array): Promise<void> {
    const content = object.head.statement.sizeBytes - run.first * BLOCK_SIZE;
    if (content >= data.length) return;
    if (!isZero(data.subarray(content))) {
      const key = stripeKey(object.head.tag, run.stripe);
      throw await this.failure(object, { key, block: run.end - 1, reason: 'the filling is not zero' });
    }
  }
}

const ZERO_BLOCK = new Uint8Array(BLOCK_SIZE);

/** Tells whether at most 4096 bytes are all zero. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.length === 0 || Buffer.compare(bytes, ZERO_BLOCK.subarray(0, bytes.length)) === 0;
}

/** Number of the first hash of `found` that differs from that of `expected`, which may go on. */
function firstDifference(found: Uint8Array, expected: Uint8Array): number | undefined {
  if (Buffer.compare(found, expected.subarray(0, found.length)) === 0) return undefined;
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  return Math.floor(at / HASH_SIZE);
}

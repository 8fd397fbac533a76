import { HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import type { ProvenderError } from '../../content/provender-error.ts';
import { rootsKey, stripeKey } from '../../objects/data-names.ts';
import type { Extent, ObjectStore } from '../../objects/object-store.ts';
import { type StripeLayout, stripeLayout, stripeRootsBytes } from '../../objects/stripe.ts';
import { blockRoots, foldRoots } from '../../proof/kernels.ts';
import { foldWithPauses } from '../memory/block-hashing.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { treeOver } from './node-tree.ts';
import { type Blocks, type ReplicaBlocks, readSet } from './replica-blocks.ts';
import type { StripeReader } from './stripe-reader.ts';
import type { TreeCache } from '../memory/tree-cache.ts';

/** Blocks that are looked at at once when a damaged column is searched. */
const SEARCH_BLOCKS = 64;

/** What verified roots are read with. */
export interface VerifiedRootsParts {
  readonly store: ObjectStore;
  readonly stripes: StripeReader;
  readonly blocks: ReplicaBlocks;
  readonly cache: TreeCache;
}

/**
 * Reads the tree levels that are stored and lets none out that the signed head does not vouch for: R_l -> stripe roots `r` -> block roots of the
 * stripe, for each layer l; R_0 is the data root.
 * @see object-layout.md, section 3
 */
export class VerifiedRoots {
  readonly #parts: VerifiedRootsParts;

  constructor(parts: VerifiedRootsParts) {
    this.#parts = parts;
  }

  /**
   * Stripe roots of a layer, 32 bytes each; for an object of one stripe R_l itself.
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when it stands and does not fit
   */
  async stripeRoots(object: HeldObject, layer: number): Promise<Uint8Array> {
    const { passes, ...shape } = stripedObject(object);
    const expected = stripeRootsBytes({ ...shape, passes });
    if (expected === 0) return layerRoot(object, layer);
    const known = this.#parts.cache.get(layerKey(rootsKey(object.head.tag), layer));
    if (known !== undefined) return known;
    const roots = await this.#parts.store.readRoots(object.head.tag);
    const key = rootsKey(object.head.tag);
    if (roots?.length !== expected) {
      const found = roots === undefined ? 'missing' : `${roots.length} bytes, not ${expected}`;
      throw await this.#parts.stripes.failure(object, { key, reason: `the stripe roots are ${found}` });
    }
    const length = expected / (passes + 1);
    const own = new Uint8Array(roots.subarray(layer * length, (layer + 1) * length));
    if (firstDifference(await foldWithPauses(own), layerRoot(object, layer)) !== undefined) {
      const above = layer === 0 ? 'the data root' : `the root of layer ${layer}`;
      throw await this.#parts.stripes.failure(object, {
        key,
        reason: `the stripe roots do not fold to ${above}`,
      });
    }
    this.#parts.cache.put(layerKey(key, layer), own);
    return own;
  }

  /** The column of a stripe when it is in the cache. */
  known(object: HeldObject, stripe: number, layer: number): Uint8Array | undefined {
    return this.#parts.cache.get(layerKey(stripeKey(object.head.tag, stripe), layer));
  }

  /** Where the column of a layer lies in its stripe. */
  extent(object: HeldObject, stripe: number, layer: number): Extent {
    const { rootsOffset, blocks } = stripeLayout(stripedObject(object), stripe);
    const length = blocks * HASH_SIZE;
    return { offset: rootsOffset + layer * length, length };
  }

  /**
   * Block roots of a layer in one stripe, 32 bytes each.
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when it stands and does not fit
   */
  async column(object: HeldObject, stripe: number, layer: number): Promise<Uint8Array> {
    const known = this.known(object, stripe, layer);
    if (known !== undefined) return known;
    const extents = [this.extent(object, stripe, layer)];
    const [read] = await this.#parts.stripes.read(object, stripe, { extents }, true);
    return this.verified(object, { stripe, layer, column: read ?? new Uint8Array() });
  }

  /** The tree over the stripe roots, kept like them: proofs ask for it again and again. @throws ProvenderError as `stripeRoots` */
  stripeTree(object: HeldObject, layer: number): Promise<Uint8Array> {
    const key = layerKey(rootsKey(object.head.tag), layer);
    return this.#tree(key, () => this.stripeRoots(object, layer));
  }

  /** The tree over a column, kept like it. @throws ProvenderError as `column` */
  columnTree(object: HeldObject, stripe: number, layer: number): Promise<Uint8Array> {
    const key = layerKey(stripeKey(object.head.tag, stripe), layer);
    return this.#tree(key, () => this.column(object, stripe, layer));
  }

  async #tree(nodesKey: string, nodes: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = `${nodesKey}^`;
    const known = this.#parts.cache.get(key);
    if (known !== undefined) return known;
    const tree = treeOver(await nodes());
    this.#parts.cache.put(key, tree);
    return tree;
  }

  /**
   * Checks a column that was read and keeps a copy of it.
   * @throws ProvenderError as `column`
   */
  async verified(object: HeldObject, read: ColumnRead): Promise<Uint8Array> {
    const { stripe, layer, column } = read;
    const roots = await this.stripeRoots(object, layer);
    const stripeRoot = roots.subarray(stripe * HASH_SIZE, (stripe + 1) * HASH_SIZE);
    const layout = stripeLayout(stripedObject(object), stripe);
    const whole = column.length === layout.blocks * HASH_SIZE;
    if (!whole || firstDifference(foldRoots(column), stripeRoot) !== undefined) {
      throw await this.#columnFailure(object, read, layout);
    }
    const kept = new Uint8Array(column); // a view would change with the memory, or keep it alive
    this.#parts.cache.put(layerKey(stripeKey(object.head.tag, stripe), layer), kept);
    return kept;
  }

  /** Finds out which root of a damaged column is wrong, as far as the blocks tell it. */
  async #columnFailure(
    object: HeldObject,
    { stripe, layer, column }: ColumnRead,
    layout: StripeLayout,
  ): Promise<ProvenderError> {
    const key = stripeKey(object.head.tag, stripe);
    const start = stripe * STRIPE_BLOCKS;
    if (column.length !== layout.blocks * HASH_SIZE) {
      const reason = `the stripe ends within its roots: ${column.length} of ${layout.blocks * HASH_SIZE} bytes`;
      const block = start + Math.floor(column.length / HASH_SIZE);
      return this.#parts.stripes.failure(object, { key, block, reason });
    }
    for (let first = 0; first < layout.blocks; first += SEARCH_BLOCKS) {
      const count = Math.min(SEARCH_BLOCKS, layout.blocks - first);
      const numbers = Array.from({ length: count }, (_, i) => start + first + i);
      const blocks = await this.#parts.blocks.decoded(object, layer, numbers);
      const block = misfits(blocks, { column, start })[0];
      if (block === undefined) continue;
      const other = await this.#damagedInput(object, layer, block);
      if (other !== undefined) return other;
      return this.#parts.stripes.failure(object, { key, block, reason: 'the root of the block is damaged' });
    }
    return this.#parts.stripes.failure(object, {
      key,
      reason: 'blocks and block roots agree, but not with the stripe root',
    });
  }

  /** The replica's own block roots tell whether a block below it was decoded from damaged ones. */
  async #damagedInput(object: HeldObject, layer: number, block: number): Promise<ProvenderError | undefined> {
    const { passes } = stripedObject(object);
    return layer === passes ? undefined : this.damagedBlock(object, readSet(object, layer, block));
  }

  /**
   * Looks for damage among blocks of the replica.
   * @param numbers - ascending
   * @returns the error for the first that does not fit its root, reported; `undefined` when all do
   * @throws ProvenderError as `column`
   */
  async damagedBlock(object: HeldObject, numbers: readonly number[]): Promise<ProvenderError | undefined> {
    const { passes } = stripedObject(object);
    const blocks = await this.#parts.blocks.decoded(object, passes, numbers);
    for (const [block, bytes] of blocks) {
      const stripe = Math.floor(block / STRIPE_BLOCKS);
      const column = await this.column(object, stripe, passes);
      const found = misfits(new Map([[block, bytes]]), { column, start: stripe * STRIPE_BLOCKS });
      if (found.length === 0) continue;
      const key = stripeKey(object.head.tag, stripe);
      return this.#parts.stripes.failure(object, { key, block, reason: 'the block does not fit its root' });
    }
    return undefined;
  }
}

/** A column as it was read. */
export interface ColumnRead {
  readonly stripe: number;
  readonly layer: number;
  /** Shorter when the stripe is. */
  readonly column: Uint8Array;
}

/** Blocks of a stripe that begins with block `start` whose roots are not those of the column. */
export function misfits(
  blocks: Blocks,
  { column, start }: { column: Uint8Array; start: number },
): readonly number[] {
  const root = new Uint8Array(HASH_SIZE);
  const found: number[] = [];
  for (const [block, bytes] of blocks) {
    blockRoots(bytes, root);
    if (firstDifference(root, column.subarray((block - start) * HASH_SIZE)) !== undefined) found.push(block);
  }
  return found;
}

/** Number of the first hash of `found` that differs from that of `expected`, which may go on. */
export function firstDifference(found: Uint8Array, expected: Uint8Array): number | undefined {
  if (Buffer.compare(found, expected.subarray(0, found.length)) === 0) return undefined;
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  return Math.floor(at / HASH_SIZE);
}

/** R_l; that of layer 0 is the data root. */
function layerRoot({ head: { statement } }: HeldObject, layer: number): Uint8Array {
  return layer === 0 ? statement.dataRoot : (statement.layerRoots[layer - 1] ?? new Uint8Array());
}

/** Name of one layer's roots in the cache. */
function layerKey(key: string, layer: number): string {
  return `${key}#${layer}`;
}

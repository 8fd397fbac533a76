import { ascending } from '../../content/ascending.ts';
import { BLOCK_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { isZero } from '../../content/zero-bytes.ts';
import { stripeKey } from '../../objects/data-names.ts';
import { byStripe } from './block-numbers.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { inLanes } from '../memory/in-lanes.ts';
import type { LayerReader } from './layer-reader.ts';
import { type Blocks, type ReplicaBlocks, readSet } from './replica-blocks.ts';
import { contentEnd } from '../replica-facts.ts';
import type { StripeReader } from './stripe-reader.ts';
import { misfits, type VerifiedRoots } from './verified-roots.ts';

/** The most blocks of one question: 32 MiB, which are the asker's own. */
const LAYER_BLOCKS = 8192;
/** Columns that are read at the same time. */
const COLUMNS_AT_ONCE = 8;

/** What layers are read with. */
export interface VerifiedLayersParts {
  readonly stripes: StripeReader;
  readonly blocks: ReplicaBlocks;
  readonly roots: VerifiedRoots;
}

/** Reads layers by block; the port says what it gives. */
export class VerifiedLayers implements LayerReader {
  readonly #parts: VerifiedLayersParts;

  constructor(parts: VerifiedLayersParts) {
    this.#parts = parts;
  }

  stripeRoots(object: HeldObject, layer: number): Promise<Uint8Array> {
    return this.#parts.roots.stripeRoots(object, layer);
  }

  column(object: HeldObject, stripe: number, layer: number): Promise<Uint8Array> {
    return this.#parts.roots.column(object, stripe, layer);
  }

  stripeTree(object: HeldObject, layer: number): Promise<Uint8Array> {
    return this.#parts.roots.stripeTree(object, layer);
  }

  columnTree(object: HeldObject, stripe: number, layer: number): Promise<Uint8Array> {
    return this.#parts.roots.columnTree(object, stripe, layer);
  }

  async blocks(object: HeldObject, layer: number, blocks: readonly number[]): Promise<Blocks> {
    if (blocks.length > LAYER_BLOCKS) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `${blocks.length} blocks at once, limit ${LAYER_BLOCKS}`,
        {
          details: { found: blocks.length, limit: LAYER_BLOCKS },
        },
      );
    }
    const stripes = byStripe(ascending(blocks));
    const columns = new Map<number, Uint8Array>();
    const [decoded] = await Promise.all([
      this.#parts.blocks.decoded(object, layer, blocks),
      inLanes(stripes.keys(), COLUMNS_AT_ONCE, async (stripe) => {
        columns.set(stripe, await this.column(object, stripe, layer));
      }),
    ]);
    for (const [stripe, numbers] of stripes) {
      const inside = new Map(numbers.map((block) => [block, decoded.get(block) ?? new Uint8Array()]));
      const column = columns.get(stripe) ?? new Uint8Array();
      const [wrong] = misfits(inside, { column, start: stripe * STRIPE_BLOCKS });
      if (wrong !== undefined) throw await this.misfit(object, layer, wrong);
    }
    if (layer === 0) await this.#checkFilling(object, decoded);
    return decoded;
  }

  /**
   * Finds out what is damaged when a block does not fit the root that its column has for it: a block of the replica that it is decoded from.
   * @returns the error to throw, reported
   * @throws ProvenderError as the other functions, for other damage that is met on the way
   */
  async misfit(object: HeldObject, layer: number, block: number): Promise<ProvenderError> {
    const { passes } = stripedObject(object);
    const damaged = await this.#parts.roots.damagedBlock(object, readSet(object, layer, block));
    if (damaged !== undefined) return damaged;
    const key = stripeKey(object.head.tag, Math.floor(block / STRIPE_BLOCKS));
    const reason =
      layer === passes
        ? 'the block does not fit its root'
        : `the replica does not decode to the block of layer ${layer} that its root is of`;
    return this.#parts.stripes.failure(object, { key, block, reason });
  }

  /** The filling of the last block is part of the tree, but only zeros are right. */
  async #checkFilling(object: HeldObject, blocks: Blocks): Promise<void> {
    for (const [block, bytes] of blocks) {
      const content = contentEnd(object, block);
      if (content >= BLOCK_SIZE || isZero(bytes.subarray(Math.max(0, content)))) continue;
      throw await this.fillingFailure(object, block);
    }
  }

  /** The error for a last block whose filling is not zero. */
  fillingFailure(object: HeldObject, block: number): Promise<ProvenderError> {
    const key = stripeKey(object.head.tag, Math.floor(block / STRIPE_BLOCKS));
    return this.#parts.stripes.failure(object, { key, block, reason: 'the filling is not zero' });
  }
}

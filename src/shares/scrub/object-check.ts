import { blockCount, BLOCK_SIZE, HASH_SIZE, stripeCount, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { OBJECT_KIND } from '../../content/object-id.ts';
import { rootsKey, stripeKey } from '../../objects/data-names.ts';
import {
  type StripeLayout,
  stripeLayout,
  type StripedObject,
  stripeRootsBytes,
} from '../../objects/stripe.ts';
import { foldRoots } from '../../proof/kernels.ts';
import { foldWithPauses } from '../memory/block-hashing.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { ChangedMeanwhile, type CheckParts } from './check-parts.ts';
import { ChunkPlaces } from './chunk-places.ts';
import type { Finding } from './findings.ts';
import { differences, hashAt } from './hashes.ts';
import { standingHead } from './standing-head.ts';
import { StripeRead, type StripeContent, type UnreadableStripe } from './stripe-read.ts';

/** Places that are reported one by one; a disk that lost megabytes would else fill the log. */
const REPORTED_PLACES = 8;

/** Stripe roots of each layer; those that are damaged are absent. */
type LayerRoots = readonly (Uint8Array | undefined)[];

/**
 * Checks one file or collection: stripe roots against the head, block roots of all layers against the stripe roots, every block of the replica
 * against its root, and what a collection says of its chunks.
 * @see object-layout.md, section 3
 */
export class ObjectCheck {
  readonly #object: HeldObject;
  readonly #parts: CheckParts;
  readonly #shape: StripedObject;
  readonly #read: StripeRead;
  readonly #places: ChunkPlaces;
  #found = 0;

  constructor(object: HeldObject, parts: CheckParts) {
    this.#object = object;
    this.#parts = parts;
    this.#shape = stripedObject(object);
    this.#read = new StripeRead(parts);
    this.#places = new ChunkPlaces(object, parts, (finding) => this.#report(finding));
  }

  /**
   * @param from - stripe to begin with, for a round that goes on in the middle
   * @param onStripe - told the next stripe, and the bytes of the one that was checked
   * @throws ChangedMeanwhile when the object was removed or replaced; the reason when the round ends
   */
  async run(from: number, onStripe: (next: number, bytes: number) => Promise<void>): Promise<void> {
    const roots = await this.#layerRoots();
    const stripes = stripeCount(blockCount(this.#shape.sizeBytes));
    for (let stripe = from; stripe < stripes; stripe++) {
      const layout = stripeLayout(this.#shape, stripe);
      await this.#checkStripe(stripe, layout, roots);
      await onStripe(stripe + 1, layout.totalBytes);
    }
    if (this.#found > 0) return; // what follows would find the same once more
    if (this.#places.failure !== undefined) await this.#report({ kind: 'block', ...this.#places.failure });
    else if (this.#parts.isDeep && this.#shape.passes > 0) await this.#checkContent();
  }

  async #layerRoots(): Promise<LayerRoots> {
    const { passes } = this.#shape;
    const { dataRoot, layerRoots } = this.#object.head.statement;
    const tops = [dataRoot, ...layerRoots];
    const expected = stripeRootsBytes(this.#shape);
    if (expected === 0) return tops;
    await this.#parts.turn(expected);
    const key = rootsKey(this.#object.head.tag);
    const bytes = await this.#parts.store.readRoots(this.#object.head.tag);
    if (bytes?.length !== expected) {
      const found = bytes === undefined ? 'missing' : `${bytes.length} bytes, not ${expected}`;
      await this.#report({ kind: 'roots', key, reason: `the stripe roots are ${found}` });
      return [];
    }
    const size = expected / (passes + 1);
    const layers: (Uint8Array | undefined)[] = [];
    for (const [layer, top] of tops.entries()) {
      const roots = bytes.subarray(layer * size, (layer + 1) * size);
      const isSound = Buffer.compare(await foldWithPauses(roots), top) === 0;
      layers.push(isSound ? roots : undefined);
      const reason = `the stripe roots of layer ${layer} do not fold to the root in the head`;
      if (!isSound) await this.#report({ kind: 'roots', key, reason });
    }
    return layers;
  }

  async #checkStripe(stripe: number, layout: StripeLayout, layers: LayerRoots): Promise<void> {
    const content = await this.#read.read(this.#object, stripe, layout);
    if ('reason' in content) return await this.#unreadable(stripe, layout, content);
    const columnBytes = layout.blocks * HASH_SIZE;
    const { passes } = this.#shape;
    const before = this.#found;
    for (let layer = 0; layer <= passes; layer++) {
      const roots = layers[layer];
      const root = roots === undefined ? undefined : hashAt(roots, roots.length === HASH_SIZE ? 0 : stripe);
      const column = content.tail.subarray(layer * columnBytes, (layer + 1) * columnBytes);
      if (layer === passes) await this.#checkReplica(stripe, { ...content, column, root });
      else if (root !== undefined && Buffer.compare(foldRoots(column), root) !== 0) {
        const reason = `the block roots of layer ${layer} do not fold to the root of the stripe`;
        await this.#report({ kind: 'column', key: this.#key(stripe), reason });
      }
    }
    if (this.#shape.kind === OBJECT_KIND.collection)
      await this.#places.check(stripe, { layout, tail: content.tail, isSound: this.#found === before });
  }

  /** Compares the blocks of the replica with their roots, and finds out which of the two is damaged. */
  async #checkReplica(
    stripe: number,
    found: StripeContent & { column: Uint8Array; root: Uint8Array | undefined },
  ): Promise<void> {
    const { column, roots, root } = found;
    const wrong = differences(roots, column);
    const folds = (nodes: Uint8Array): boolean =>
      root === undefined || Buffer.compare(foldRoots(nodes), root) === 0;
    if (folds(column)) await this.#reportPlaces(stripe, wrong, 'block', 'the block does not fit its root');
    else if (folds(roots))
      await this.#reportPlaces(stripe, wrong, 'column', 'the root of the block is damaged');
    else if (wrong.length > 0)
      await this.#reportPlaces(stripe, wrong, 'block', 'the block or its root is damaged');
    else {
      const reason = 'blocks and block roots agree, but not with the stripe root';
      await this.#report({ kind: 'column', key: this.#key(stripe), reason });
    }
    if (found.isFilledWithZeros || wrong.length > 0) return;
    const block = blockCount(this.#shape.sizeBytes) - 1;
    await this.#report({ kind: 'block', key: this.#key(stripe), block, reason: 'the filling is not zero' });
  }

  /** Reports damaged places of a stripe: the first ones each, the rest as one. */
  async #reportPlaces(
    stripe: number,
    wrong: readonly number[],
    kind: Finding['kind'],
    reason: string,
  ): Promise<void> {
    for (const [i, at] of wrong.slice(0, REPORTED_PLACES).entries()) {
      const more = i === REPORTED_PLACES - 1 ? wrong.length - REPORTED_PLACES : 0;
      const text = more > 0 ? `${reason}; so it is with ${more} more of the stripe` : reason;
      const block = stripe * STRIPE_BLOCKS + at;
      await this.#report({ kind, key: this.#key(stripe), block, reason: text });
    }
  }

  async #unreadable(stripe: number, layout: StripeLayout, { at, reason }: UnreadableStripe): Promise<void> {
    const first = stripe * STRIPE_BLOCKS;
    const isInBlocks = at === undefined || at < layout.dataBytes;
    const block = first + Math.floor((at ?? 0) / BLOCK_SIZE);
    await this.#report({ kind: 'stripe', key: this.#key(stripe), reason, ...(isInBlocks ? { block } : {}) });
  }

  /** Decodes it all, as a reader would get it. */
  async #checkContent(): Promise<void> {
    const { content, turn, signal } = this.#parts;
    try {
      for await (const bytes of content(this.#object, signal)) await turn(bytes);
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_NOT_FOUND') || isProvenderError(error, 'PROVENDER_CONFLICT'))
        throw new ChangedMeanwhile(error.message);
      if (!isProvenderError(error, 'PROVENDER_CORRUPT')) throw error;
      const { block, key } = error.details;
      await this.#report({
        kind: 'block',
        key: typeof key === 'string' ? key : this.#key(0),
        ...(typeof block === 'number' ? { block } : {}),
        reason: `the replica does not decode: ${error.message}`,
      });
    }
  }

  #key(stripe: number): string {
    return stripeKey(this.#object.head.tag, stripe);
  }

  /** Damage of an object that is gone by now is none. */
  async #report(finding: Omit<Finding, 'object'>): Promise<void> {
    const { id, headBytes } = this.#object;
    if ((await standingHead(this.#parts.store, id, headBytes)) !== headBytes) throw new ChangedMeanwhile();
    this.#found++;
    await this.#parts.findings.report({ ...finding, object: id });
  }
}

import { setImmediate } from 'node:timers/promises';
import { ascending } from '../../content/ascending.ts';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import { type ApartBlock, decodeApart } from '../../proof/kernels.ts';
import { layerNeeds, type Neighbours, neighbours } from '../../proof/read-set.ts';
import { WORD_SIZE } from '../../proof/pass.ts';
import { blockExtents, byStripe } from './block-numbers.ts';
import { ByteBudget } from '../memory/byte-budget.ts';
import type { HeldObject } from '../held-object.ts';
import { inLanes } from '../memory/in-lanes.ts';
import { ReplicaFacts } from '../replica-facts.ts';
import type { StripeReader } from './stripe-reader.ts';

/** Blocks by their numbers in the object, 4096 bytes each. */
export type Blocks = ReadonlyMap<number, Uint8Array>;

/** Blocks that are decoded together, by how many layers lie between them and the replica: their read sets are at most 512, or 1008 blocks. */
const BATCH_BLOCKS = [512, 64, 16] as const;
/** Memory of all read sets together. */
export const READ_SET_BYTES = 16 * 2 ** 20;
/** Blocks decoded without a pause, about 0.3 ms. */
const DECODE_GROUP = 32;
/** Stripes of one batch that are read at the same time. */
const STRIPES_AT_ONCE = 8;
const NO_LABEL = new Uint8Array(WORD_SIZE);

/**
 * Decodes single blocks out of their surroundings: a few blocks of the replica for each. Nothing here is checked against the tree, but that the
 * bytes were there.
 * @see proof-of-replication.md, section 5, "Read sets"
 */
export class ReplicaBlocks {
  readonly #stripes: StripeReader;
  readonly #budget = new ByteBudget('the memory of read sets', READ_SET_BYTES);

  constructor(stripes: StripeReader) {
    this.#stripes = stripes;
  }

  /**
   * Gives blocks of a layer as the replica decodes to them.
   * @param blocks - of the object, in any order
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when bytes are missing
   */
  async decoded(object: HeldObject, layer: number, blocks: Iterable<number>): Promise<Blocks> {
    const facts = ReplicaFacts.of(object);
    const wanted = ascending(blocks);
    const batch = BATCH_BLOCKS[facts.passes - layer] ?? 1;
    const found = new Map<number, Uint8Array>();
    for (let at = 0; at < wanted.length; at += batch) {
      const some = await this.#batch(object, layer, wanted.slice(at, at + batch));
      for (const [block, bytes] of some) found.set(block, bytes);
    }
    return found;
  }

  async #batch(object: HeldObject, layer: number, wanted: readonly number[]): Promise<Blocks> {
    const facts = ReplicaFacts.of(object);
    const { passes } = facts;
    const needs = layerNeeds({ from: layer, passes, blocks: facts.blocks }, wanted);
    const readBytes = (needs.at(-1)?.length ?? 0) * BLOCK_SIZE;
    return await this.#budget.during(readBytes, async () => {
      let blocks = await this.#read(object, needs.at(-1) ?? []);
      for (let pass = passes; pass > layer; pass--)
        blocks = await decodeOne(facts, { pass, blocks, wanted: needs[pass - 1 - layer] ?? [] });
      return blocks;
    });
  }

  /**
   * Reads blocks of the replica: one read for each stripe, a few at a time. They are copied together: adapters answer with views of larger pages,
   * which would stay as long as the smallest of their blocks.
   * @param wanted - ascending
   */
  async #read(object: HeldObject, wanted: readonly number[]): Promise<Blocks> {
    const found = new Map<number, Uint8Array>();
    await inLanes(byStripe(wanted), STRIPES_AT_ONCE, async ([stripe, blocks]) => {
      const memory = new Uint8Array(blocks.length * BLOCK_SIZE);
      let at = 0;
      for (const part of await this.#stripes.read(object, stripe, { extents: blockExtents(blocks) })) {
        memory.set(part, at);
        at += part.length;
      }
      for (const [i, block] of blocks.entries())
        found.set(block, memory.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE));
    });
    return found;
  }
}

/**
 * The replica's blocks that decide one block of a layer, the block itself among them, ascending.
 * @see proof-of-replication.md, section 5, "Read sets"
 */
export function readSet(object: HeldObject, layer: number, block: number): readonly number[] {
  const { passes, blocks } = ReplicaFacts.of(object);
  return layerNeeds({ from: layer, passes, blocks }, [block]).at(-1) ?? [block];
}

/** What decoding a block of the object looks at, numbered inside its segment, which begins with block `start`. */
function around(facts: ReplicaFacts, pass: number, block: number): Neighbours & { start: number } {
  const { start, blocks } = facts.segmentOf(block);
  return { ...neighbours(pass, blocks, block - start), start };
}

/** Undoes one pass for `wanted`, with pauses for others. */
async function decodeOne(
  facts: ReplicaFacts,
  { pass, blocks, wanted }: { pass: number; blocks: Blocks; wanted: readonly number[] },
): Promise<Blocks> {
  const decoded = new Map<number, Uint8Array>();
  for (let at = 0; at < wanted.length; at += DECODE_GROUP) {
    if (at > 0) await setImmediate();
    const group = wanted.slice(at, at + DECODE_GROUP);
    const out = new Uint8Array(group.length * BLOCK_SIZE);
    const apart = group.map((block) => gathered(facts, pass, { block, blocks }));
    decodeApart(pass, apart, out);
    for (const [i, block] of group.entries())
      decoded.set(block, out.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE));
  }
  return decoded;
}

function gathered(
  facts: ReplicaFacts,
  pass: number,
  { block, blocks }: { block: number; blocks: Blocks },
): ApartBlock {
  const segment = facts.segmentOf(block);
  const { before, parents } = around(facts, pass, block);
  const bytesOf = (number: number): Uint8Array => blocks.get(segment.start + number) ?? NO_LABEL;
  const label = before && bytesOf(before.block).subarray(before.word * WORD_SIZE);
  return {
    id: segment.id,
    blocks: segment.blocks,
    block: block - segment.start,
    own: bytesOf(block - segment.start),
    before: label?.subarray(0, WORD_SIZE) ?? NO_LABEL,
    parents: parents.map(bytesOf),
  };
}

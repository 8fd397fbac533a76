import { concatBytes } from '@noble/hashes/utils.js';
import type { BlockRange } from '../content/block-range.ts';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { graphTable, PARENTS, SEGMENT_BLOCKS } from './graph.ts';
import type { ApartWork, PassWork } from './kernel.ts';
import type { PassSpan, SegmentBytes } from './replica.ts';

/** Blocks of a segment that is in memory as a whole. */
export interface SegmentPart extends SegmentBytes {
  /** In natural order; the whole segment when absent. */
  readonly blocks?: BlockRange;
}

/** A block that is decoded without its segment: what it depends on has been gathered. @see neighbours */
export interface ApartBlock {
  /** segId_s, 32 bytes. */
  readonly id: Uint8Array;
  /** Of the segment, 1 to 32768. */
  readonly blocks: number;
  /** Natural number in the segment. */
  readonly block: number;
  /** The block of layer l, 4096 bytes. */
  readonly own: Uint8Array;
  /** The label of layer l before the block's first one in the order of the pass, 32 bytes; ignored for the first block of the pass. */
  readonly before: Uint8Array;
  /** The six parent blocks of layer l, 4096 bytes each; ignored for the first block of the pass. */
  readonly parents: readonly Uint8Array[];
}

function invalid(message: string, details?: Record<string, number>): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', message, details === undefined ? {} : { details });
}

/** @throws ProvenderError `PROVENDER_INVALID` for another length */
export function checkLength(what: string, found: number, expected: number): void {
  if (found !== expected) throw invalid(`${what}: ${found} bytes, must be ${expected}`, { found, expected });
}

function checkPass(pass: number): void {
  if (pass !== 1 && pass !== 2) throw invalid(`pass ${pass}; there are 1 and 2`);
}

function checkBlocks(blocks: number): void {
  if (!Number.isSafeInteger(blocks) || blocks < 1 || blocks > SEGMENT_BLOCKS)
    throw invalid(`segment of ${blocks} blocks of ${BLOCK_SIZE} bytes, must be 1 to ${SEGMENT_BLOCKS}`);
}

/** Where blocks lie in the order of a pass: an even one runs from the end. */
function spanOf(pass: number, part: SegmentPart): PassSpan {
  checkLength('segment id', part.id.length, HASH_SIZE);
  const blocks = part.bytes.length / BLOCK_SIZE;
  checkBlocks(blocks);
  const { first, end } = part.blocks ?? { first: 0, end: blocks };
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(end) || first < 0 || first > end || end > blocks)
    throw invalid(`blocks ${first} to ${end} of a segment of ${blocks}`, { first, end, blocks });
  return pass % 2 === 1 ? { first, end } : { first: blocks - end, end: blocks - first };
}

/**
 * Checks parts of segments and lays them out as kernels take them.
 * @throws ProvenderError `PROVENDER_INVALID` for another pass, length or range
 */
export function passWork(pass: number, parts: readonly SegmentPart[]): PassWork {
  checkPass(pass);
  const spans = new Uint32Array(2 * parts.length);
  const ids = new Uint8Array(HASH_SIZE * parts.length);
  let most = 1;
  parts.forEach((part, i) => {
    const { first, end } = spanOf(pass, part);
    spans[2 * i] = first;
    spans[2 * i + 1] = end;
    ids.set(part.id, HASH_SIZE * i);
    most = Math.max(most, end);
  });
  const { parents, masks } = graphTable(pass, most);
  return [pass, parents, masks, ids, parts.map(({ bytes }) => bytes), spans];
}

/**
 * Checks where blocks of a segment are decoded to: elsewhere, or exactly where they lie.
 * @throws ProvenderError `PROVENDER_INVALID` for another length, or when `out` covers other bytes of the segment
 */
export function checkOut({ bytes, blocks }: SegmentPart, out: Uint8Array): void {
  const start = (blocks?.first ?? 0) * BLOCK_SIZE;
  const end = blocks === undefined ? bytes.length : blocks.end * BLOCK_SIZE;
  checkLength('decoded blocks', out.length, end - start);
  const at = out.byteOffset - bytes.byteOffset;
  const overlaps = out.buffer === bytes.buffer && at < bytes.length && at + out.length > 0;
  if (overlaps && at !== start)
    throw invalid(
      `blocks ${start / BLOCK_SIZE} to ${end / BLOCK_SIZE} decoded over other bytes of their segment`,
    );
}

/**
 * Checks blocks whose inputs were gathered and lays them out as kernels take them.
 * @throws ProvenderError `PROVENDER_INVALID` for another pass, number or length
 */
export function apartWork(pass: number, apart: readonly ApartBlock[], out: Uint8Array): ApartWork {
  checkPass(pass);
  checkLength('decoded blocks', out.length, apart.length * BLOCK_SIZE);
  const numbers = new Uint32Array(apart.length);
  const edges = new Uint8Array(PARENTS * apart.length);
  const inputs: Uint8Array[] = [];
  apart.forEach((one, i) => {
    checkBlocks(one.blocks);
    if (!Number.isSafeInteger(one.block) || one.block < 0 || one.block >= one.blocks)
      throw invalid(`block ${one.block} of a segment of ${one.blocks}`);
    const place = pass % 2 === 1 ? one.block : one.blocks - 1 - one.block;
    const { masks } = graphTable(pass, place + 1);
    numbers[i] = place;
    edges.set(masks.subarray(PARENTS * place, PARENTS * (place + 1)), PARENTS * i);
    pushInputs(one, place, inputs);
  });
  const ids = concatBytes(...apart.map(({ id }) => id));
  return [pass, edges, numbers, ids, inputs, out];
}

/** The block itself, the label before it, its parents; kernels do not look at the latter for the first block of the pass. */
function pushInputs({ id, own, before, parents }: ApartBlock, place: number, inputs: Uint8Array[]): void {
  checkLength('segment id', id.length, HASH_SIZE);
  checkLength('block', own.length, BLOCK_SIZE);
  inputs.push(own);
  if (place === 0) {
    inputs.push(own, own, own, own, own, own, own);
    return;
  }
  checkLength('label before a block', before.length, HASH_SIZE);
  if (parents.length !== PARENTS) throw invalid(`${parents.length} parent blocks, must be ${PARENTS}`);
  for (const parent of parents) checkLength('parent block', parent.length, BLOCK_SIZE);
  inputs.push(before, ...parents);
}

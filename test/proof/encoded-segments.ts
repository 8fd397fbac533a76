import type { Kernel } from '../../src/proof/kernel.ts';
import { type ApartBlock, passWork, type SegmentPart } from '../../src/proof/pass-work.ts';
import { neighbours } from '../../src/proof/read-set.ts';
import { referencePass } from './reference-replica.ts';
import { testBytes } from './reference-tree.ts';

/** Bytes of a block. */
export const BLOCK = 4096;

/** A segment of layers l - 1 and l, as the plain formula on OpenSSL has them. */
export interface EncodedSegment {
  readonly id: Uint8Array;
  readonly blocks: number;
  readonly plain: Uint8Array;
  readonly encoded: Uint8Array;
}

const made = new Map<string, EncodedSegment>();

/** The same segment for the same arguments. */
export function encodedSegment(pass: number, blocks: number, seed = blocks): EncodedSegment {
  const key = `${pass}/${blocks}/${seed}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const id = testBytes(32, 1000 + seed);
  const plain = testBytes(blocks * BLOCK, seed);
  const segment = { id, blocks, plain, encoded: referencePass(plain, id, pass) };
  made.set(key, segment);
  return segment;
}

/** A copy at an odd address, every second time in shared memory. */
export function oddCopy(bytes: Uint8Array, turn = 0): Uint8Array {
  const size = bytes.length + 3;
  const memory = new Uint8Array(turn % 2 === 0 ? new ArrayBuffer(size) : new SharedArrayBuffer(size), 3);
  memory.set(bytes);
  return memory;
}

/** Decodes one part by one path. */
export function decodePart(kernel: Kernel, pass: number, part: SegmentPart, out: Uint8Array): void {
  kernel.decodePass(...passWork(pass, [part]), [out]);
}

/** Gathers what a block is decoded from. */
export function apartBlock(pass: number, { id, blocks, encoded }: EncodedSegment, block: number): ApartBlock {
  const blockAt = (number: number): Uint8Array =>
    oddCopy(encoded.subarray(number * BLOCK, (number + 1) * BLOCK), number);
  const { before, parents } = neighbours(pass, blocks, block);
  const label =
    before === undefined
      ? new Uint8Array(32)
      : blockAt(before.block).slice(32 * before.word, 32 * before.word + 32);
  return { id, blocks, block, own: blockAt(block), before: label, parents: parents.map(blockAt) };
}

import { createRequire } from 'node:module';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { Challenge } from './challenge.ts';
import type { Statement } from './commitment.ts';
import { drawGraph, drawGraphsBy } from './graph.ts';
import type { Kernel } from './kernel.ts';
import {
  type ApartBlock,
  apartWork,
  checkLength,
  checkOut,
  passWork,
  type SegmentPart,
} from './pass-work.ts';
import type { SegmentBytes } from './replica.ts';
import { encodeQuestion } from './proof-question.ts';
import { typescriptKernel } from './typescript-kernel.ts';
import { type Verdict, verdictOfNumber } from './verdict.ts';
import { verifyReplicaProof } from './verify-replica.ts';

export type { ApartBlock, SegmentPart } from './pass-work.ts';

/** Nodes of the tree of a block, its 64 leaf hashes and its root included. */
const BLOCK_NODES = 127;

/** What the loader found; `reason` says why the addon is not used, and what to do about it. */
interface Choice {
  readonly kernel: Kernel;
  readonly reason?: string;
}

/** Paths of the addon that this processor can run, the fastest first; or why there are none. */
type Native = { readonly kernels: readonly Kernel[] } | { readonly reason: string };

/** The same way up from src/proof and from dist/proof. `PROVENDER_CORE` names another build, that of the sanitizer tests. */
const ADDON = '../../build/Release/core.node';
const CURE = 'npm run build:native';

/** The function that the addon got last. */
const NEWEST = 'verifyProof';

let native: Native | undefined;
let choice: Choice | undefined;

// Whoever loads this file gets its graphs from the path that is chosen, at the first one that is needed.
drawGraphsBy((...work) => (chosen().kernel.drawGraph ?? drawGraph)(...work));

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function loadNative(): Native {
  try {
    const addon: unknown = createRequire(import.meta.url)(process.env['PROVENDER_CORE'] ?? ADDON);
    if (hasKernels(addon)) return addon;
    return { reason: `core.node is not the one of this version; run: ${CURE}` };
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return { reason: `core.node is not built; run: ${CURE}` };
    const text = error instanceof Error ? error.message : String(error);
    return { reason: `core.node does not load (${text}); run: ${CURE}` };
  }
}

/** One that was built before the last function came is not the one of this version; else its outer shape tells enough. */
function hasKernels(addon: unknown): addon is { kernels: Kernel[] } {
  if (typeof addon !== 'object' || addon === null || !('kernels' in addon)) return false;
  return Array.isArray(addon.kernels) && addon.kernels.every((kernel) => NEWEST in Object(kernel));
}

/** Every path that can run here, the fastest first and the TypeScript twin last. */
export function availableKernels(): readonly Kernel[] {
  native ??= loadNative();
  return 'kernels' in native ? [...native.kernels, typescriptKernel] : [typescriptKernel];
}

function choose(forced: string | undefined): Choice {
  const kernels = availableKernels();
  const reason = native !== undefined && 'reason' in native ? native.reason : undefined;
  if (forced === undefined || forced === '') {
    const [kernel = typescriptKernel] = kernels;
    return reason === undefined ? { kernel } : { kernel, reason };
  }
  const kernel = kernels.find(({ path }) => path === forced);
  if (kernel !== undefined) return { kernel, reason: `PROVENDER_KERNEL asks for ${forced}` };
  const known = kernels.map(({ path }) => path).join(', ');
  const code = reason === undefined ? 'PROVENDER_CONFIG' : 'PROVENDER_NATIVE_MISSING';
  const why = reason === undefined ? '' : `; ${reason}`;
  throw new ProvenderError(
    code,
    `PROVENDER_KERNEL=${forced}: not a path of this machine, it has ${known}${why}`,
  );
}

function chosen(): Choice {
  choice ??= choose(process.env['PROVENDER_KERNEL']);
  return choice;
}

/**
 * Checks the arguments of `blockRoots`, for those who hand them to another thread.
 * @throws ProvenderError `PROVENDER_INVALID` when `data` is empty or `out` has another length
 */
export function checkBlockRoots(data: Uint8Array, out: Uint8Array): void {
  if (data.length === 0) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      'block roots of no bytes; an empty object is one zero block',
    );
  }
  checkLength('block roots', out.length, HASH_SIZE * Math.ceil(data.length / BLOCK_SIZE));
}

/**
 * Writes the Merkle root of each 4096-byte block of `data` into `out`: the subtree of 64 leaves, 6 levels up.
 * The last block counts as filled with zeros to its end. Either array may lie in a SharedArrayBuffer, at any offset.
 *
 * @param data - at least 1 byte
 * @param out - 32 bytes per block, in order; must not overlap `data`
 * @throws ProvenderError `PROVENDER_INVALID` when `data` is empty or `out` has another length
 * @throws ProvenderError `PROVENDER_CONFIG` or `PROVENDER_NATIVE_MISSING` when `PROVENDER_KERNEL` names a path that cannot run
 * @see proof-of-replication.md, section 2, "Tree"
 */
export function blockRoots(data: Uint8Array, out: Uint8Array): void {
  checkBlockRoots(data, out);
  chosen().kernel.blockRoots(data, out);
}

function checkNodes(nodes: Uint8Array): void {
  if (nodes.length === 0 || nodes.length % HASH_SIZE !== 0) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `tree nodes: ${nodes.length} bytes, must be a multiple of ${HASH_SIZE}, at least one`,
    );
  }
}

/**
 * Folds the roots of neighbouring subtrees of one height into the root above them; only the last may be lower.
 *
 * @param nodes - n x 32 bytes, n >= 1; not changed
 * @returns 32 bytes, owned by the caller; for n = 1 a copy of the node
 * @throws ProvenderError `PROVENDER_INVALID` for another length
 * @see proof-of-replication.md, section 2, "Tree"
 */
export function foldRoots(nodes: Uint8Array): Uint8Array {
  checkNodes(nodes);
  const root = new Uint8Array(HASH_SIZE);
  chosen().kernel.foldRoots(nodes, root);
  return root;
}

/**
 * Writes the object ids of many chunks: H(tag(object) ‖ u8 1 ‖ u64 length ‖ u32 1 ‖ root) for each.
 *
 * @param roots - n x 32 bytes, the data root of each chunk
 * @param lengths - n lengths in bytes, each up to 4096
 * @param out - n x 32 bytes
 * @throws ProvenderError `PROVENDER_INVALID` when the lengths of the three do not fit, or a chunk is too long
 * @see proof-of-replication.md, section 3
 */
export function chunkIds(roots: Uint8Array, lengths: Uint16Array, out: Uint8Array): void {
  checkLength('chunk roots', roots.length, HASH_SIZE * lengths.length);
  checkLength('chunk ids', out.length, HASH_SIZE * lengths.length);
  const tooLong = lengths.findIndex((length) => length > BLOCK_SIZE);
  if (tooLong >= 0) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `chunk ${tooLong}: ${lengths[tooLong]} bytes, limit ${BLOCK_SIZE}`,
    );
  }
  chosen().kernel.chunkIds(roots, lengths, out);
}

/**
 * Checks a ReplicaProof as `verifyReplicaProof` does, with the same reason for the same bytes, on the fastest path. Hostile bytes lead to a verdict,
 * never to an exception; memory stays below four times the proof.
 *
 * @throws ProvenderError as `blockRoots` for a `PROVENDER_KERNEL` that cannot run
 * @see proof-of-replication.md, section 9
 */
export function verifyProof(statement: Statement, expected: Challenge, proof: Uint8Array): Verdict {
  const { kernel } = chosen();
  const question = kernel.verifyProof && encodeQuestion(statement, expected);
  // What does not fit the layout of the addon is rare and wrong: the reference says in which way.
  if (kernel.verifyProof === undefined || question === undefined)
    return verifyReplicaProof(statement, expected, proof);
  return verdictOfNumber(kernel.verifyProof(question.statement, question.challenge, proof));
}

/**
 * Tells which path hashes. `reason` is there when it is not simply the fastest: the addon is missing (and the cure),
 * or `PROVENDER_KERNEL` asks for this one.
 *
 * @throws ProvenderError as `blockRoots` for a `PROVENDER_KERNEL` that cannot run
 */
export function kernelInfo(): { native: boolean; path: string; reason?: string } {
  const { kernel, reason } = chosen();
  const info = { native: kernel !== typescriptKernel, path: kernel.path };
  return reason === undefined ? info : { ...info, reason };
}

/**
 * Runs one pass over parts of segments, in place. Segments do not depend on each other: several at once, of one object or of many, fill the lanes of
 * the processor; a lone one leaves it half idle.
 *
 * @param pass - l, 1 or 2
 * @param parts - each of another segment; blocks that come before them in the order of the pass (lower ones for pass 1, higher ones for pass 2)
 * have been encoded
 * @throws ProvenderError `PROVENDER_INVALID` for another pass, length or range
 * @see proof-of-replication.md, section 5
 */
export function encodePass(pass: number, parts: readonly SegmentPart[]): void {
  if (parts.length > 0) chosen().kernel.encodePass(...passWork(pass, parts));
}

/**
 * Undoes one pass over whole segments, in place: the inverse of `encodePass`. Its words are independent, so that all lanes work on a lone one too.
 * @throws ProvenderError `PROVENDER_INVALID` for another pass or length
 */
export function decodePass(pass: number, segments: readonly SegmentBytes[]): void {
  if (segments.length === 0) return;
  const whole = segments.map(({ id, bytes }) => ({ id, bytes }));
  chosen().kernel.decodePass(...passWork(pass, whole));
}

/**
 * Undoes one pass for blocks of a segment.
 *
 * @param part - of layer l: its blocks and all that come before them in the order of the pass
 * @param out - gets layer l - 1: memory elsewhere, or exactly the place of the blocks in the segment; blocks of one segment are decoded in place
 * from the last of the pass on
 * @throws ProvenderError `PROVENDER_INVALID` for another pass, length or range, or when `out` covers other bytes of the segment
 */
export function decodeBlocks(pass: number, part: SegmentPart, out: Uint8Array): void {
  const work = passWork(pass, [part]);
  checkOut(part, out);
  chosen().kernel.decodePass(...work, [out]);
}

/**
 * Undoes one pass for blocks anywhere, for whom all that they depend on was gathered.
 *
 * @param out - 4096 bytes for each, in order; must not overlap what was gathered
 * @throws ProvenderError `PROVENDER_INVALID` for another pass, number or length
 * @see proof-of-replication.md, section 5, "Read sets"
 */
export function decodeApart(pass: number, apart: readonly ApartBlock[], out: Uint8Array): void {
  const work = apartWork(pass, apart, out);
  if (apart.length > 0) chosen().kernel.decodeApart(...work);
}

/**
 * Writes all nodes of a block's tree: 64 leaf hashes, then 32, 16, 8, 4 and 2 nodes, and its root.
 *
 * @param block - 4096 bytes
 * @param out - 127 x 32 bytes
 * @throws ProvenderError `PROVENDER_INVALID` for other lengths
 * @see proof-of-replication.md, section 2, "Tree"
 */
export function blockNodes(block: Uint8Array, out: Uint8Array): void {
  checkLength('block', block.length, BLOCK_SIZE);
  checkLength('nodes of a block', out.length, BLOCK_NODES * HASH_SIZE);
  chosen().kernel.blockNodes(block, out);
}

/**
 * Makes one level of a tree of the one below: neighbours are paired, an unpaired last node goes up unchanged.
 *
 * @param nodes - n x 32 bytes, n >= 1; not changed
 * @returns the ceil(n / 2) nodes above them, owned by the caller
 * @throws ProvenderError `PROVENDER_INVALID` for another length
 * @see proof-of-replication.md, section 2, "Tree"
 */
export function nodeLevel(nodes: Uint8Array): Uint8Array {
  checkNodes(nodes);
  const level = new Uint8Array(Math.ceil(nodes.length / (2 * HASH_SIZE)) * HASH_SIZE);
  chosen().kernel.nodeLevel(nodes, level);
  return level;
}

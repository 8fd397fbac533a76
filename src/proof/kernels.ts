import { createRequire } from 'node:module';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { concatBytes } from '@noble/hashes/utils.js';
import { type GraphTable, graphTable, SEGMENT_BLOCKS } from './graph.ts';
import type { Kernel } from './kernel.ts';
import type { SegmentBytes } from './replica.ts';
import { typescriptKernel } from './typescript-kernel.ts';

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

let native: Native | undefined;
let choice: Choice | undefined;

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

/** The addon is built from the same tree, so its outer shape tells enough. */
function hasKernels(addon: unknown): addon is { kernels: Kernel[] } {
  return typeof addon === 'object' && addon !== null && 'kernels' in addon && Array.isArray(addon.kernels);
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

function checkLength(what: string, found: number, expected: number): void {
  if (found !== expected) {
    throw new ProvenderError('PROVENDER_INVALID', `${what}: ${found} bytes, must be ${expected}`, {
      details: { found, expected },
    });
  }
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
  if (data.length === 0) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      'block roots of no bytes; an empty object is one zero block',
    );
  }
  checkLength('block roots', out.length, HASH_SIZE * Math.ceil(data.length / BLOCK_SIZE));
  chosen().kernel.blockRoots(data, out);
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
  if (nodes.length === 0 || nodes.length % HASH_SIZE !== 0) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `tree nodes: ${nodes.length} bytes, not a multiple of ${HASH_SIZE}`,
    );
  }
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
 * Runs one pass over segments, in place. Segments do not depend on each other: several at once, of one object or of many, fill the lanes of the
 * processor; a lone one leaves it half idle.
 *
 * @param pass - l, 1 or 2
 * @param segments - whole blocks each, at most 128 MiB; `id` is segId_s, 32 bytes
 * @throws ProvenderError `PROVENDER_INVALID` for other lengths
 * @see proof-of-replication.md, section 5
 */
export function encodePass(pass: number, segments: readonly SegmentBytes[]): void {
  if (segments.length === 0) return;
  const { parents, masks } = graphFor(pass, segments);
  const ids = concatBytes(...segments.map(({ id }) => id));
  chosen().kernel.encodePass(
    pass,
    parents,
    masks,
    ids,
    segments.map(({ bytes }) => bytes),
  );
}

/**
 * Undoes one pass over a segment, in place: the inverse of `encodePass`. Its words are independent, so that all lanes work on it.
 * @throws ProvenderError `PROVENDER_INVALID` for other lengths
 */
export function decodePass(pass: number, segment: SegmentBytes): void {
  const { parents, masks } = graphFor(pass, [segment]);
  chosen().kernel.decodePass(pass, parents, masks, segment.id, segment.bytes);
}

/** The graph of a pass, as far as these segments need it. */
function graphFor(pass: number, segments: readonly SegmentBytes[]): GraphTable {
  let most = 0;
  for (const { id, bytes } of segments) {
    checkLength('segment id', id.length, HASH_SIZE);
    const blocks = bytes.length / BLOCK_SIZE;
    if (!Number.isSafeInteger(blocks) || blocks < 1 || blocks > SEGMENT_BLOCKS) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `segment of ${bytes.length} bytes, must be 1 to ${SEGMENT_BLOCKS} blocks of ${BLOCK_SIZE}`,
      );
    }
    most = Math.max(most, blocks);
  }
  return graphTable(pass, most);
}

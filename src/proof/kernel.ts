import type { GraphDrawer } from './graph.ts';

/**
 * Parts of segments that one pass runs over; flat, since every object costs at the border of the addon.
 * `parents`, `masks`: the graph of the pass, for at least the blocks of the parts. `ids`: 32 bytes for each segment. `spans`: for each the first
 * block of its part and the one after the last, in the order of the pass.
 */
export type PassWork = readonly [
  pass: number,
  parents: Uint16Array,
  masks: Uint8Array,
  ids: Uint8Array,
  segments: readonly Uint8Array[],
  spans: Uint32Array,
];

/**
 * Blocks that are decoded one by one. `masks`: six for each block. `numbers`: of the blocks, in the order of the pass. `inputs`: eight arrays for
 * each: the block, the label before it, its six parents, all of layer l; only the first counts for block 0. `out`: 4096 bytes for each, elsewhere.
 */
export type ApartWork = readonly [
  pass: number,
  masks: Uint8Array,
  numbers: Uint32Array,
  ids: Uint8Array,
  inputs: readonly Uint8Array[],
  out: Uint8Array,
];

/**
 * One implementation of the hash kernels: the TypeScript twin, or a path of the addon.
 * Callers use the functions of `kernels.ts`, which check the arguments; a kernel is given checked ones only.
 */
export interface Kernel {
  /** The path's name, as `PROVENDER_KERNEL` takes it: `avx512`, `shani4`, `portable`, `typescript` ... */
  readonly path: string;
  /** Writes one 32-byte root per 4096-byte block of `data` into `out`; the last block counts as zero padded. */
  blockRoots(data: Uint8Array, out: Uint8Array): void;
  /** Folds n x 32 bytes into `out`, 32 bytes. */
  foldRoots(nodes: Uint8Array, out: Uint8Array): void;
  /** Writes the object id of each chunk, n x 32 bytes, into `out`. */
  chunkIds(roots: Uint8Array, lengths: Uint16Array, out: Uint8Array): void;
  /** Writes the 127 nodes of a block's tree into `out`, level by level from its 64 leaf hashes to its root. */
  blockNodes(block: Uint8Array, out: Uint8Array): void;
  /** Writes the nodes one level above n x 32 bytes into `out`, an unpaired last one unchanged. */
  nodeLevel(nodes: Uint8Array, out: Uint8Array): void;
  /** Runs one pass over parts of segments, in place, side by side where there are lanes for it. */
  encodePass(...work: PassWork): void;
  /** Undoes one pass for parts of segments: in place, or into `outs`, each as long as its part and either its place or memory elsewhere. */
  decodePass(...work: [...PassWork, outs?: readonly Uint8Array[]]): void;
  /** Undoes one pass for blocks whose inputs lie anywhere. */
  decodeApart(...work: ApartWork): void;
  /** Draws edges of a graph. Only paths of the addon have it: their twin is `drawGraph` of graph.ts. */
  readonly drawGraph?: GraphDrawer;
  /**
   * Judges a ReplicaProof, as `encodeQuestion` lays out what it is judged by, and gives the number of a verdict. Only paths of the addon have it:
   * their twin is `verifyReplicaProof` itself, which tells more.
   */
  verifyProof?(statement: Uint8Array, challenge: Uint8Array, proof: Uint8Array): number;
  /** Writes SHA-256 of any bytes into `out`; the tests compare it with an independent implementation. */
  sha256(data: Uint8Array, out: Uint8Array): void;
  /**
   * Compresses at least `bytes` bytes of messages that lie in the cache, all lanes at work, and returns how many it
   * compressed. The yardstick of the benchmarks: SHA-256 alone, 64 bytes per compression.
   */
  compress(bytes: number): number;
}

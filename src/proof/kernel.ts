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
  /**
   * Runs one pass over segments, in place, side by side where there are lanes for it.
   * @param parents, masks - of the graph of the pass, for at least the blocks of the longest segment
   * @param ids - 32 bytes for each segment
   */
  encodePass(
    pass: number,
    parents: Uint16Array,
    masks: Uint8Array,
    ids: Uint8Array,
    segments: readonly Uint8Array[],
  ): void;
  /** Undoes one pass over one segment, in place. */
  decodePass(
    pass: number,
    parents: Uint16Array,
    masks: Uint8Array,
    id: Uint8Array,
    segment: Uint8Array,
  ): void;
  /** Writes SHA-256 of any bytes into `out`; the tests compare it with an independent implementation. */
  sha256(data: Uint8Array, out: Uint8Array): void;
  /**
   * Compresses at least `bytes` bytes of messages that lie in the cache, all lanes at work, and returns how many it
   * compressed. The yardstick of the benchmarks: SHA-256 alone, 64 bytes per compression.
   */
  compress(bytes: number): number;
}

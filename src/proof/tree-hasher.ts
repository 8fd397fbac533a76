import { blockRoots } from './kernels.ts';

/** Port for hashing many blocks, perhaps on other cores. */
export interface TreeHasher {
  /**
   * Block roots of `data`: 32 bytes for each 4096, the last block filled with zeros.
   * Buffers over SharedArrayBuffers may be hashed elsewhere and must stay untouched until the promise resolves.
   *
   * @param out - exactly 32 × ⌈data.length / 4096⌉ bytes
   */
  blockRoots(data: Uint8Array, out: Uint8Array): Promise<void>;
}

/** Hashes on the calling thread, at once. */
export const inlineHasher: TreeHasher = {
  blockRoots: async (data, out) => blockRoots(data, out),
};

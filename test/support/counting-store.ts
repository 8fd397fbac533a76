import { MemoryObjectStore } from './memory-object-store.ts';

/** A store in memory that counts the bytes that are read of stripes and stripe roots, and the crossings for lone chunks. */
export class CountingStore extends MemoryObjectStore {
  readBytes = 0;
  chunkReads = 0;

  override async readStripe(
    ...args: Parameters<MemoryObjectStore['readStripe']>
  ): ReturnType<MemoryObjectStore['readStripe']> {
    const parts = await super.readStripe(...args);
    this.readBytes += (parts ?? []).reduce((sum, { length }) => sum + length, 0);
    return parts;
  }

  override async readRoots(
    ...args: Parameters<MemoryObjectStore['readRoots']>
  ): ReturnType<MemoryObjectStore['readRoots']> {
    const roots = await super.readRoots(...args);
    this.readBytes += roots?.length ?? 0;
    return roots;
  }

  override async getChunks(
    ...args: Parameters<MemoryObjectStore['getChunks']>
  ): ReturnType<MemoryObjectStore['getChunks']> {
    this.chunkReads++;
    return super.getChunks(...args);
  }
}

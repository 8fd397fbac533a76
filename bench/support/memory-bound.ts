import { memoryBound, type MemorySettings as NodeMemorySettings } from '../../src/node/memory-bound.ts';

/** Settings of a node that bound its memory, without its connections. */
export type MemorySettings = Omit<NodeMemorySettings, 'maxConnections'>;

/**
 * The documented sum: what a node takes at most, bytes.
 * @param connections - those that are open, so that the sum is not larger than it must be
 * @see docs/operations.md, "Limits and memory"
 */
export function memorySum(settings: MemorySettings, connections: number): number {
  const parts = memoryBound({ ...settings, maxConnections: connections });
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

const MIB = 2 ** 20;

/** Settings of a node that bound its memory: bytes, and threads. */
export interface MemorySettings {
  readonly hashThreads: number;
  readonly maxBytesInFlight: number;
  readonly setBufferSize: number;
  readonly getBufferSize: number;
  readonly treeCacheSize: number;
}

/** The parts that no setting changes. @see docs/operations.md, "Limits and memory" */
const FIXED = {
  process: 384 * MIB,
  store: 128 * MIB,
  headsAndHashing: 12 * MIB,
  ofHashThread: 48 * MIB,
  ofConnection: 8 * MIB,
} as const;

/**
 * The documented sum: what a node takes at most, bytes.
 * @param connections - those that are open, so that the sum is not larger than it must be
 * @see docs/operations.md, "Limits and memory"
 */
export function memoryBound(settings: MemorySettings, connections: number): number {
  const { hashThreads, maxBytesInFlight, setBufferSize, getBufferSize, treeCacheSize } = settings;
  const buffers = maxBytesInFlight + setBufferSize + getBufferSize + treeCacheSize + FIXED.headsAndHashing;
  const threads = hashThreads * FIXED.ofHashThread;
  return FIXED.process + FIXED.store + threads + buffers + connections * FIXED.ofConnection;
}

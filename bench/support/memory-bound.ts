import type { StoreName } from './open-store.ts';

const MIB = 2 ** 20;

/** Settings of a node that bound its memory, bytes. */
export interface MemorySettings {
  readonly maxBytesInFlight: number;
  readonly setBufferSize: number;
  readonly getBufferSize: number;
  readonly treeCacheSize: number;
}

/** HTTP/2 window of a connection: what a peer may send before it is read. @see spec/grpc.md, section 3 */
const CONNECTION_WINDOW = 8 * MIB;
/** Pieces in which workers hash for readers, and decoded heads; see `StoredSharesOptions`. */
const SHARES_BESIDES = 12 * MIB;
/** What an adapter keeps for itself: LevelDB two write buffers of 32 MiB and a block cache of 16 MiB, with `files` for its heads only. */
const STORE: Record<StoreName, number> = { level: 80 * MIB, files: 80 * MIB, memory: 0 };

/**
 * The documented sum: what a node may take at most, bytes.
 * @param idleBytes - what it takes before the first call
 */
export function memoryBound(
  settings: MemorySettings,
  { store, connections, idleBytes }: { store: StoreName; connections: number; idleBytes: number },
): number {
  const { maxBytesInFlight, setBufferSize, getBufferSize, treeCacheSize } = settings;
  const configured = maxBytesInFlight + setBufferSize + getBufferSize + treeCacheSize;
  return idleBytes + configured + SHARES_BESIDES + STORE[store] + connections * CONNECTION_WINDOW;
}

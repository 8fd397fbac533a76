import { READ_SET_BYTES } from '../shares/reading/replica-blocks.ts';
import { SEGMENT_SLAB_SIZE, SMALL_SEGMENTS_BYTES } from '../shares/memory/segment-buffers.ts';
import { CHUNK_LISTS_BYTES } from '../shares/setting/set-collection.ts';
import type { NodeConfig } from './settings.ts';

const MIB = 2 ** 20;

/** A part of a node's memory and the most it takes. */
export interface MemoryPart {
  readonly part: string;
  readonly bytes: number;
}

/**
 * The settings that bound a node's memory; without `store` it is an embedded one, without `segments` there are as many as threads, without `network` it
 * stands alone.
 */
export type MemorySettings = Pick<
  NodeConfig,
  'hashThreads' | 'maxConnections' | 'maxBytesInFlight' | 'setBufferSize' | 'getBufferSize' | 'treeCacheSize'
> &
  Partial<Pick<NodeConfig, 'store' | 'opBytesInFlight' | 'segments' | 'network'>>;

/** Connection window of a client's uploads. @see spec/grpc.md, section 3 */
const CONNECTION_WINDOW = 8 * MIB;
/** Heap of one more JavaScript engine with the hash kernels in it. */
const THREAD = 48 * MIB;
/** Node itself, the code, pieces on their way between the parts, and what the allocator and the collector keep free. */
const BASE = 384 * MIB;
/** Write buffers (two of 16 MiB), block cache and tables of LevelDB. */
const STORE = 128 * MIB;
/** librados with its threads and maps, buffers that are kept for reads (46 MiB), sessions and listings. */
const RADOS_STORE = 160 * MIB;
/** Bytes of an operation are in a buffer of ours or of a read, and in one of librados. */
const RADOS_COPIES = 2;
/** Running sets have segments of their own, and so have running gets. */
const SEGMENT_USERS = 2;
/** The MiB that is read, the one in which it is hashed, a batch of chunks and its copy, tree roots, saved positions. */
const SCRUBBER = 4 * MIB;
/** Readings from holders: 16 at a time, each with up to six windows of 4 MiB. */
const PLACED_READINGS = 16 * 6 * 4 * MIB;
/** Registry, snapshots, seeds and the index of placed objects of a network of some thousand nodes and 100,000 objects; its state store. */
const NETWORK = 96 * MIB;
/**
 * Places where workers hash for readers, memory kept for the next readers, decoded heads, blocks that others are decoded from, ids of
 * collections that are being encoded, and the scrubber.
 */
const SHARES = 17 * MIB + READ_SET_BYTES + CHUNK_LISTS_BYTES + SCRUBBER;

/**
 * The most memory that a node holds by itself, part by part: what its limits promise, and docs/operations.md repeats.
 * Pages of files that LevelDB maps come on top, but belong to the page cache.
 * The soak test holds a node that stands alone against the sum.
 */
export function memoryBound(config: MemorySettings): readonly MemoryPart[] {
  return [
    { part: 'process', bytes: BASE },
    { part: 'hashThreads', bytes: config.hashThreads * THREAD },
    ...storeParts(config),
    { part: 'maxConnections', bytes: config.maxConnections * CONNECTION_WINDOW },
    { part: 'maxBytesInFlight', bytes: config.maxBytesInFlight },
    { part: 'setBufferSize', bytes: config.setBufferSize },
    { part: 'getBufferSize', bytes: config.getBufferSize },
    { part: 'segments', bytes: segmentBytes(config) },
    { part: 'treeCacheSize', bytes: config.treeCacheSize + SHARES },
    ...(config.network === undefined ? [] : [{ part: 'network', bytes: THREAD + PLACED_READINGS + NETWORK }]),
  ];
}

function segmentBytes({ segments, hashThreads }: MemorySettings): number {
  return SEGMENT_USERS * ((segments ?? hashThreads) * SEGMENT_SLAB_SIZE + SMALL_SEGMENTS_BYTES);
}

function storeParts({ store, opBytesInFlight = 0 }: MemorySettings): readonly MemoryPart[] {
  if (store !== 'rados') return [{ part: 'store', bytes: STORE }];
  return [
    { part: 'store', bytes: RADOS_STORE },
    { part: 'opBytesInFlight', bytes: RADOS_COPIES * opBytesInFlight },
  ];
}

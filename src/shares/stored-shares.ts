import { BLOCK_SIZE } from '../content/geometry.ts';
import { OBJECT_KIND, type ObjectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { ObjectStore, StoreHealth } from '../objects/object-store.ts';
import type { Signer } from '../proof/commitment.ts';
import { SEGMENT_BLOCKS } from '../proof/graph.ts';
import { PROFILE_NONE, profilePasses } from '../proof/profile.ts';
import { inlineCoder, type ReplicaCoder } from '../proof/replica-coder.ts';
import type { TreeHasher } from '../proof/tree-hasher.ts';
import { BlockHashing, READ_PIECE_SIZE } from './memory/block-hashing.ts';
import { ByteBudget } from './memory/byte-budget.ts';
import { BATCH_CHUNKS, ChunkFinder } from './reading/chunk-finder.ts';
import { CoderQueue } from './memory/coder-queue.ts';
import { readCollection } from './reading/collection-reader.ts';
import { DamageReports } from './damage-reports.ts';
import { openFileReading } from './reading/file-reading.ts';
import { fileRoots, rootPieces } from './reading/file-roots.ts';
import { HashQueue } from './memory/hash-queue.ts';
import { HeadSigning } from './setting/head-signing.ts';
import { KeptShares } from './setting/kept-shares.ts';
import { Heads, notFound } from './heads.ts';
import { type ListQuery, listShares } from './list-shares.ts';
import type { ObjectReader } from './reading/object-reader.ts';
import { proveFile, proveShares, type ProverParts } from './proving/prove-shares.ts';
import { Quota } from './quota.ts';
import { readChunks } from './reading/read-chunks.ts';
import { makeReaders } from './reading/readers.ts';
import { removeFile, removeShare } from './remove-share.ts';
import { RunMemory } from './memory/run-memory.ts';
import { RunSources } from './reading/run-source.ts';
import { type RunningCall, RunningCalls } from './running-calls.ts';
import { setChunk } from './setting/set-chunk.ts';
import { CHUNK_LISTS_BYTES, setCollection } from './setting/set-collection.ts';
import { setFile } from './setting/set-file.ts';
import type { DefaultProfiles, SetParts } from './setting/share-parts.ts';
import type {
  CallOptions,
  ChunkDeclaration,
  CollectionDeclaration,
  FileDeclaration,
  FileReading,
  ProofItem,
  RootsOptions,
  SetOptions,
  SetOutcome,
  ShareItem,
  SharePage,
  ShareProof,
  ShareQuestion,
  Shares,
  ShareSelection,
  SharesEvents,
  ShareStat,
  SharesUsage,
  StagedShare,
} from './shares.ts';
import { SEGMENT_SLAB_SIZE, SegmentBuffers } from './memory/segment-buffers.ts';
import { StagedData } from './setting/staged-data.ts';
import { statFile, statShare } from './stat-share.ts';
import { SLAB_SIZE, StripeBuffers } from './memory/stripe-buffers.ts';
import { TreeCache } from './memory/tree-cache.ts';
import type { VerifiedRunsParts } from './reading/verified-runs.ts';

const MIB = 1024 * 1024;
const SEGMENT_SIZE = SEGMENT_BLOCKS * BLOCK_SIZE;
const DEFAULT_BUFFER_BYTES = 64 * MIB;
const DEFAULT_TREE_CACHE_BYTES = 16 * MIB;
const DEFAULT_GRACE_MS = 10_000;
const STANDS_ALONE = new Uint8Array(32);
const PLAIN: DefaultProfiles = { chunks: PROFILE_NONE, files: PROFILE_NONE };

/**
 * What the service is opened with. Its memory is at most `bufferBytes` + `readBufferBytes` + `treeCacheBytes` + 2 x (`segmentBytes` + 32 MiB for small
 * objects) + 68 MiB of ids of collections that are encoded + 8 MiB in which workers hash for readers + 4 MiB kept for the next readers + 16 MiB of blocks
 * that others are decoded from + about 4 MiB of decoded heads, and for each running call the pieces that its caller holds.
 */
export interface StoredSharesOptions {
  /** Stays the owner's, who closes it after the service. */
  readonly store: ObjectStore;
  /** The node key. */
  readonly signer: Signer;
  /** 32 bytes; zeros for a node that stands alone, which is the default. */
  readonly networkId?: Uint8Array;
  /** The most bytes that objects may take, as `storedSize` counts. */
  readonly limitBytes: number;
  /** Hashes what is large; stays the owner's. */
  readonly hasher: TreeHasher;
  /** Encodes and decodes replicas; stays the owner's. On the calling thread when absent. */
  readonly coder?: ReplicaCoder;
  /** Profiles of shares whose sender asks for none; profile none when absent. */
  readonly profiles?: DefaultProfiles;
  /** Memory of the segments that are encoded, and as much of those that are decoded; one segment (131 MiB) when absent, which is the least. Besides, 32 MiB for small objects in each. */
  readonly segmentBytes?: number;
  /** Larger objects whose id is not declared are staged raw before they are encoded; one segment (128 MiB) when absent, which is the most. */
  readonly stagedRawAboveBytes?: number;
  /** Memory of all running sets, 64 MiB when absent, at least one stripe (4.1 MiB). */
  readonly bufferBytes?: number;
  /** Memory of all running readings, 64 MiB when absent, at least 1 MiB. */
  readonly readBufferBytes?: number;
  /** Verified tree roots that are kept, 16 MiB when absent. */
  readonly treeCacheBytes?: number;
  readonly events?: SharesEvents;
}

/** The storage service over an object store. Opened with `open`; open -> closing -> closed. */
export class StoredShares implements Shares {
  readonly #store: ObjectStore;
  readonly #calls = new RunningCalls();
  readonly #heads: Heads;
  readonly #reader: ObjectReader;
  readonly #sources: RunSources;
  readonly #finder: ChunkFinder;
  readonly #prover: ProverParts;
  readonly #readBudget: ByteBudget;
  readonly #runMemory = new RunMemory();
  readonly #parts: SetParts;
  #closing: Promise<void> | undefined;

  private constructor(options: StoredSharesOptions) {
    const { store, signer, networkId = STANDS_ALONE } = options;
    const hasher = new HashQueue(options.hasher);
    const damage = new DamageReports(store, options.events);
    const hashing = new BlockHashing(hasher);
    const cache = new TreeCache(options.treeCacheBytes ?? DEFAULT_TREE_CACHE_BYTES);
    this.#store = store;
    this.#heads = new Heads(store, damage);
    const readers = makeReaders({ store, heads: this.#heads, damage, hashing, cache });
    const coder = new CoderQueue(options.coder ?? inlineCoder);
    const segments = new SegmentBuffers(options.segmentBytes ?? SEGMENT_SLAB_SIZE);
    this.#sources = new RunSources({ ...readers, coder, segments });
    const { reader, layers } = readers;
    this.#reader = reader;
    this.#finder = new ChunkFinder({ store, heads: this.#heads, damage, ...readers });
    this.#readBudget = new ByteBudget('readBufferBytes', options.readBufferBytes ?? DEFAULT_BUFFER_BYTES);
    this.#prover = {
      store,
      heads: this.#heads,
      finder: this.#finder,
      reader,
      layers,
      damage,
      budget: this.#readBudget,
    };
    const kept = new KeptShares(store);
    this.#parts = {
      store,
      hasher,
      coder,
      segments: new SegmentBuffers(options.segmentBytes ?? SEGMENT_SLAB_SIZE),
      chunkLists: new ByteBudget('the chunk lists', CHUNK_LISTS_BYTES),
      profiles: options.profiles ?? PLAIN,
      stagedRawAboveBytes: Math.min(options.stagedRawAboveBytes ?? SEGMENT_SIZE, SEGMENT_SIZE),
      buffers: new StripeBuffers(options.bufferBytes ?? DEFAULT_BUFFER_BYTES),
      quota: new Quota(options.limitBytes, () => store.usage()),
      heads: this.#heads,
      signing: new HeadSigning({ signer, networkId }),
      staged: new StagedData(store, kept),
      kept,
    };
  }

  /** @throws ProvenderError `PROVENDER_CONFIG` when a bound is too small to work with */
  static async open(options: StoredSharesOptions): Promise<StoredShares> {
    checkBound('limitBytes', options.limitBytes, 0);
    checkBound('bufferBytes', options.bufferBytes ?? DEFAULT_BUFFER_BYTES, SLAB_SIZE);
    checkBound('readBufferBytes', options.readBufferBytes ?? DEFAULT_BUFFER_BYTES, READ_PIECE_SIZE);
    checkBound('segmentBytes', options.segmentBytes ?? SEGMENT_SLAB_SIZE, SEGMENT_SLAB_SIZE);
    profilePasses(options.profiles?.chunks ?? PROFILE_NONE);
    profilePasses(options.profiles?.files ?? PROFILE_NONE);
    checkBound('treeCacheBytes', options.treeCacheBytes ?? DEFAULT_TREE_CACHE_BYTES, 0);
    return new StoredShares(options);
  }

  setShare(bytes: Uint8Array, options?: SetOptions & ChunkDeclaration): Promise<SetOutcome> {
    return this.#calls.runShort(options?.signal, () => setChunk(this.#parts, bytes, options));
  }

  getShares(ids: readonly ObjectId[], options?: CallOptions): Promise<readonly ShareItem[]> {
    return this.#calls.runShort(options?.signal, () => {
      if (ids.length <= BATCH_CHUNKS) return this.#finder.get(ids);
      throw new ProvenderError('PROVENDER_INVALID', `${ids.length} ids, limit ${BATCH_CHUNKS}`, {
        details: { found: ids.length, limit: BATCH_CHUNKS },
      });
    });
  }

  async *readShares(
    selection: ShareSelection,
    options?: CallOptions,
  ): AsyncGenerator<readonly ShareItem[], undefined> {
    const call = this.#calls.start(options?.signal);
    call.signal.addEventListener('abort', () => call.end(), { once: true }); // also when the consumer never comes back
    try {
      const parts = this.#readParts(call);
      if ('ids' in selection) return yield* readChunks(this.#finder, selection.ids, parts);
      const { collection, ...range } = selection;
      const object = await this.#heads.find(collection, OBJECT_KIND.collection);
      if (object === undefined) throw notFound('collection', collection);
      return yield* readCollection(object, range, parts);
    } finally {
      call.end();
    }
  }

  statShare(id: ObjectId, options?: CallOptions): Promise<ShareStat> {
    const parts = { heads: this.#heads, finder: this.#finder, reader: this.#reader };
    return this.#calls.runShort(options?.signal, () => statShare(parts, id));
  }

  removeShare(id: ObjectId, options?: CallOptions): Promise<void> {
    const parts = { store: this.#store, heads: this.#heads, finder: this.#finder };
    return this.#calls.runShort(options?.signal, () => removeShare(parts, id));
  }

  setShares(
    declared: CollectionDeclaration,
    batches: AsyncIterable<readonly Uint8Array[]>,
    options?: SetOptions,
  ): Promise<SetOutcome> {
    return this.#calls.run(options?.signal, (call) =>
      setCollection(this.#parts, { declared, batches, call, paid: options?.paid }),
    );
  }

  setFile(
    declared: FileDeclaration,
    source: AsyncIterable<Uint8Array>,
    options?: SetOptions,
  ): Promise<SetOutcome> {
    return this.#calls.run(options?.signal, (call) =>
      setFile(this.#parts, { declared, source, call, paid: options?.paid }),
    );
  }

  settle(staged: StagedShare, what: 'publish' | 'drop'): Promise<void> {
    return this.#calls.runShort(undefined, () => this.#parts.kept.settle(staged, what));
  }

  async getFile(
    id: ObjectId,
    range: { offset?: number; length?: number },
    options?: CallOptions,
  ): Promise<FileReading> {
    const call = this.#calls.start(options?.signal);
    try {
      const object = await this.#heads.find(id, OBJECT_KIND.file);
      if (object === undefined) throw notFound('file', id);
      return await openFileReading(object, range, this.#readParts(call));
    } catch (error) {
      call.end();
      throw error;
    }
  }

  async *fileRoots(id: ObjectId, options?: RootsOptions): AsyncGenerator<Uint8Array, void> {
    const read = (): Promise<Uint8Array> => fileRoots(this.#prover, id, options?.stripe);
    yield* rootPieces(await this.#calls.runShort(options?.signal, read));
  }

  statFile(id: ObjectId, options?: CallOptions): Promise<ShareStat> {
    const parts = { heads: this.#heads, finder: this.#finder, reader: this.#reader };
    return this.#calls.runShort(options?.signal, () => statFile(parts, id));
  }

  removeFile(id: ObjectId, options?: CallOptions): Promise<void> {
    const parts = { store: this.#store, heads: this.#heads, finder: this.#finder };
    return this.#calls.runShort(options?.signal, () => removeFile(parts, id));
  }

  async verifyShare(question: ShareQuestion, options?: CallOptions): Promise<ShareProof> {
    const [item] = await this.verifyShares([question], options);
    if (item === undefined || 'error' in item) throw item?.error ?? notFound('share', question.id);
    return item.proof;
  }

  verifyShares(questions: readonly ShareQuestion[], options?: CallOptions): Promise<readonly ProofItem[]> {
    return this.#calls.run(options?.signal, ({ signal }) => proveShares(this.#prover, questions, signal));
  }

  verifyFile(question: ShareQuestion, options?: CallOptions): Promise<ShareProof> {
    return this.#calls.run(options?.signal, ({ signal }) => proveFile(this.#prover, question, signal));
  }

  list(query: ListQuery, options?: CallOptions): Promise<SharePage> {
    const parts = { store: this.#store, heads: this.#heads };
    return this.#calls.run(options?.signal, (call) => listShares(parts, query, call.signal));
  }

  usage(): SharesUsage {
    const { limitBytes, reservedBytes } = this.#parts.quota;
    const { storedBytes, chunks, files, collections } = this.#store.usage();
    return { storedBytes, chunks, files, collections, limitBytes, reservedBytes };
  }

  health(): StoreHealth {
    return this.#store.health();
  }

  close(options?: { graceMs?: number }): Promise<void> {
    this.#closing ??= this.#close(options?.graceMs ?? DEFAULT_GRACE_MS);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #readParts(call: RunningCall): VerifiedRunsParts {
    const [reader, sources, budget, memory] = [
      this.#reader,
      this.#sources,
      this.#readBudget,
      this.#runMemory,
    ];
    return { reader, sources, budget, memory, call };
  }

  async #close(graceMs: number): Promise<void> {
    await this.#calls.close(graceMs);
    await this.#parts.staged.finishLeftovers();
  }
}

function checkBound(name: string, found: number, least: number): void {
  if (Number.isSafeInteger(found) && found >= least) return;
  throw new ProvenderError('PROVENDER_CONFIG', `${name} is ${found} bytes, at least ${least} are needed`, {
    details: { found, least },
  });
}

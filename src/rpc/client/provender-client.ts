import { BLOCK_SIZE } from '../../content/geometry.ts';
import { OBJECT_KIND, type ObjectId, type ObjectKind } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type {
  FileReading,
  SetOutcome,
  ShareItem,
  ShareQuestion,
  ShareSelection,
  ShareStat,
} from '../../shares/shares.ts';
import { asBuffer } from '../data-codec.ts';
import { FILE_METHODS, MAX_BATCH, MAX_PAGE, SHARE_METHODS } from '../methods.ts';
import type { PlacedOutcome, PlacementWish } from '../placed-files.ts';
import { outcomeFromWire, statFromWire } from '../wire-shapes.ts';
import { Caller, type ClientCallOptions } from './caller.ts';
import { ChannelPool } from './channel-pool.ts';
import { checkItems } from './chunk-identity.ts';
import type { ClientPayments } from './client-payments.ts';
import { inCollectionOrder } from './collection-order.ts';
import {
  type FileReadOptions,
  openFile,
  type ProgressOptions,
  readRoots,
  sendFile,
  type SentFile,
  sendPlaced,
} from './file-calls.ts';
import { NetworkCalls } from './network-calls.ts';
import { PaymentCalls } from './payment-calls.ts';
import { type CheckedItem, type CheckedProof, proveBatch, proveFile, proveShare } from './proof-calls.ts';
import { ScrubCalls } from './scrub-calls.ts';
import {
  type ReadOptions,
  readBatch,
  readSelection,
  sendCollection,
  type SetOptions,
} from './share-calls.ts';
import type { ClientTls } from './tls-credentials.ts';

/** Where a client calls, and its defaults. */
export interface ClientOptions {
  /** `host:port`; default `127.0.0.1:7411`. */
  readonly address?: string;
  /** TLS; plain text when absent. `{}` trusts the CAs that Node.js knows. */
  readonly tls?: ClientTls;
  /** Connections to the node; default 4, which suits a node that one client loads. */
  readonly channels?: number;
  /** Milliseconds for the answer to a unary call, retries included; default 10 s. */
  readonly timeoutMs?: number;
  /** Milliseconds that a stream may stand still because of the node; default 30 s. The answer to a file may take longer by what encoding it takes. */
  readonly idleMs?: number;
  /** Pays for calls that cost something, such as a `ChannelWallet`; without it they are refused. */
  readonly payments?: ClientPayments;
}

/** What to list: one kind, behind the page before. */
export interface ListQuery {
  /** Files when absent. */
  readonly kind?: ObjectKind;
  /** `next` of the page before; for files and collections any id to start behind. */
  readonly after?: Uint8Array;
  /** Entries of a page, 1 to 1000, which is the default. */
  readonly limit?: number;
}

/** A page of a list. */
export interface ListPage {
  readonly shares: readonly ShareStat[];
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: Uint8Array;
}

/**
 * A Provender node as seen from another process. All methods reject with `ProvenderError`; match its `code`.
 *
 * - `PROVENDER_UNAVAILABLE`: nobody answers at the address, or the connection broke; reads are repeated up to 3 times before.
 * - `PROVENDER_CONFIG`: TLS of both ends does not fit; the message says what to give.
 * - `PROVENDER_BUSY`: the node has too much to do; `details.retryAfterMs` says when to come back.
 * - `PROVENDER_TIMEOUT`: it took too long, and nothing was changed. `PROVENDER_AMBIGUOUS`: it took too long, and something may have been.
 * - `PROVENDER_CANCELLED`: the call's own signal, unless that has a `ProvenderError` as reason.
 * - `PROVENDER_CORRUPT`: what came is not what was asked for; nothing partial is ever given as whole.
 *
 * States: open (from `open`), closed. Connections are made by the first calls.
 *
 * @example
 * await using client = await ProvenderClient.open({ address: '127.0.0.1:7411' });
 * const { stat } = await client.setShare(new TextEncoder().encode('hello'));
 * console.log(objectIdHex(stat.id), await client.getShare(stat.id));
 */
export class ProvenderClient implements AsyncDisposable {
  /** The node's scrubber; for operators. */
  readonly scrub: ScrubCalls;
  /** The network that the node belongs to. */
  readonly network: NetworkCalls;
  /** Prices, channels, and claims of the provider. */
  readonly payments: PaymentCalls;
  readonly #pool: ChannelPool;
  readonly #caller: Caller;

  private constructor(pool: ChannelPool, caller: Caller) {
    this.#pool = pool;
    this.#caller = caller;
    this.scrub = new ScrubCalls(caller);
    this.network = new NetworkCalls(caller);
    this.payments = new PaymentCalls(caller);
  }

  /**
   * Makes a client; whether anybody answers at the address shows at the first call.
   * @throws ProvenderError `PROVENDER_INVALID`; `PROVENDER_CONFIG` for PEM that is no good
   */
  static async open(options: ClientOptions = {}): Promise<ProvenderClient> {
    const { address = '127.0.0.1:7411', channels = 4, timeoutMs = 10_000, idleMs = 30_000 } = options;
    const { tls, payments } = options;
    if (!Number.isSafeInteger(channels) || channels < 1)
      throw new ProvenderError('PROVENDER_INVALID', `channels ${channels}: a whole number from 1`);
    const pool = new ChannelPool(address, channels, tls);
    return new ProvenderClient(pool, new Caller(pool, address, { timeoutMs, idleMs }, payments));
  }

  /**
   * Sets one chunk of at most 4096 bytes. Setting what is held writes nothing and says so.
   * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_OVER_QUOTA`
   */
  async setShare(bytes: Uint8Array, options: SetOptions = {}): Promise<SetOutcome> {
    if (bytes.length > BLOCK_SIZE) {
      throw new ProvenderError('PROVENDER_INVALID', `chunk: ${bytes.length} bytes, limit ${BLOCK_SIZE}`, {
        details: { found: bytes.length, limit: BLOCK_SIZE },
      });
    }
    const { profile } = options;
    const request = { data: asBuffer(bytes), ...(profile !== undefined && { profile }) };
    const { result } = await this.#caller.change(SHARE_METHODS.setShare, request, options);
    return outcomeFromWire(result);
  }

  /**
   * Reads one chunk, alone or inside a collection. The bytes belong to the caller.
   * @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_CORRUPT`
   */
  async getShare(id: ObjectId, options: ReadOptions = {}): Promise<Uint8Array> {
    const { data } = await this.#caller.read(SHARE_METHODS.getShare, { objectId: asBuffer(id) }, options);
    if (options.verify !== false) checkItems([{ id, bytes: data }]);
    return data;
  }

  /** Says what is held under the id of a chunk or a collection. @throws ProvenderError `PROVENDER_NOT_FOUND` */
  async statShare(id: ObjectId, options: ClientCallOptions = {}): Promise<ShareStat> {
    const request = { objectId: asBuffer(id) };
    return statFromWire((await this.#caller.read(SHARE_METHODS.statShare, request, options)).share);
  }

  /** Removes a lone chunk or a collection; for operators. @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_DENIED` */
  async removeShare(id: ObjectId, options: ClientCallOptions = {}): Promise<void> {
    await this.#caller.change(SHARE_METHODS.removeShare, { objectId: asBuffer(id) }, options);
  }

  /**
   * Sets a collection of 1 to 2^20 chunks, all or nothing. They may come in any order and more than once: their ids are computed here, they
   * are sorted, repeats are dropped. All of them are kept in memory until the answer is there. A collection that is held is not sent whole.
   *
   * @example
   * const { stat } = await client.setShares([chunkA, chunkB]);
   * for await (const items of client.readShares({ collection: stat.id, first: 0 })) console.log(items.length);
   */
  async setShares(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: SetOptions = {},
  ): Promise<SetOutcome> {
    return sendCollection(this.#caller, await inCollectionOrder(chunks), options);
  }

  /** Reads any number of chunks, 64 with each call; the answer keeps the order of `ids`, failures in their places. */
  async getShares(ids: readonly ObjectId[], options: ReadOptions = {}): Promise<ShareItem[]> {
    const items: ShareItem[] = [];
    for (let at = 0; at < ids.length; at += MAX_BATCH)
      items.push(...(await readBatch(this.#caller, ids.slice(at, at + MAX_BATCH), options)));
    return items;
  }

  /** Reads any number of chunks, or a range of a collection, as a stream of batches of at most 64, in order. */
  readShares(
    selection: ShareSelection,
    options: ReadOptions = {},
  ): AsyncGenerator<readonly ShareItem[], void> {
    return readSelection(this.#caller, selection, options);
  }

  /**
   * Sets a file of exactly `declared.sizeBytes` bytes. With `declared.id` a file that is held is answered at once and `source` is not read
   * further. Pieces may have any length; the buffer of one may be used again when the next is asked for.
   *
   * @throws ProvenderError `PROVENDER_INVALID` for another size or content than declared, `PROVENDER_OVER_QUOTA`; and what `source` throws
   * @example
   * const file = await open('photo.jpg');
   * const { size } = await file.stat();
   * const { stat, held } = await client.setFile({ sizeBytes: size }, file.createReadStream());
   */
  setFile(
    declared: SentFile,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: ClientCallOptions & ProgressOptions = {},
  ): Promise<SetOutcome> {
    return sendFile(this.#caller, declared, source, options);
  }

  /**
   * Opens a file, or `length` bytes from `offset`, for reading. `data` must be read to its end or left by `break`; it throws rather than end
   * early, and for a whole file also when the last byte is here and the bytes are not those of `id`. A node of a network reads what it does not hold
   * from the holders.
   *
   * @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_RANGE`
   * @example
   * const { length, data } = await client.getFile(id);
   * await pipeline(data, createWriteStream('copy.jpg'));
   */
  getFile(
    id: ObjectId,
    range: { readonly offset?: number; readonly length?: number } = {},
    options: FileReadOptions = {},
  ): Promise<FileReading> {
    return openFile(this.#caller, id, range, options);
  }

  /**
   * Has storers of the node's network hold a file; answers when that is recorded. Keep the receipt: it says who holds the file, and anyone can check
   * it. Otherwise as `setFile`.
   *
   * @throws ProvenderError `PROVENDER_UNSUPPORTED` when the node belongs to no network, `PROVENDER_UNAVAILABLE` when too few storers were found
   * @example
   * const { receipt } = await client.putPlaced({ sizeBytes: size }, file.createReadStream(), { replicas: 8 });
   */
  putPlaced(
    declared: SentFile,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: ClientCallOptions & ProgressOptions & PlacementWish = {},
  ): Promise<PlacedOutcome> {
    return sendPlaced(this.#caller, declared, source, options);
  }

  /** Roots of the stripes of a file, or of the blocks of one, which the node holds: 32 bytes each, in order, not checked here. */
  fileRoots(
    id: ObjectId,
    options: ClientCallOptions & { readonly stripe?: number } = {},
  ): AsyncGenerator<Uint8Array, void> {
    return readRoots(this.#caller, id, options);
  }

  /** Says what is held under the id of a file. @throws ProvenderError `PROVENDER_NOT_FOUND` */
  async statFile(id: ObjectId, options: ClientCallOptions = {}): Promise<ShareStat> {
    const request = { objectId: asBuffer(id) };
    return statFromWire((await this.#caller.read(FILE_METHODS.statFile, request, options)).share);
  }

  /**
   * Has the node prove that it holds a chunk or a collection, and checks the proof here: `verdict` says whether it answers the question and its
   * Commitment is signed. For a chunk inside a collection the collection is proven, and `collection` names it; that
   * the chunk is there is the node's word unless the caller knows the collection. Draw a new beacon each time: an
   * old one shows what the node held, not what it holds.
   *
   * @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_CORRUPT`, `PROVENDER_INVALID` for a challenge that does not exist for it
   * @example
   * const challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 66, beacon: randomBytes(32) };
   * const { verdict } = await client.verifyShare({ id, challenge });
   */
  verifyShare(question: ShareQuestion, options: ReadOptions = {}): Promise<CheckedProof> {
    return proveShare(this.#caller, question, options);
  }

  /** Has any number of chunks or collections proven, 64 with each call; the answer keeps the order of `questions`, failures in their places. */
  async verifyShares(questions: readonly ShareQuestion[], options: ReadOptions = {}): Promise<CheckedItem[]> {
    const items: CheckedItem[] = [];
    for (let at = 0; at < questions.length; at += MAX_BATCH)
      items.push(...(await proveBatch(this.#caller, questions.slice(at, at + MAX_BATCH), options)));
    return items;
  }

  /** Has the node prove that it holds a file, and checks the proof here, as `verifyShare`. */
  verifyFile(question: ShareQuestion, options: ReadOptions = {}): Promise<CheckedProof> {
    return proveFile(this.#caller, question, options);
  }

  /** Removes a file; for operators. @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_DENIED` */
  async removeFile(id: ObjectId, options: ClientCallOptions = {}): Promise<void> {
    await this.#caller.change(FILE_METHODS.removeFile, { objectId: asBuffer(id) }, options);
  }

  /** A page of what the node holds: files and collections in ascending order of ids, chunks in that of the store; for operators. */
  async listFiles(query: ListQuery = {}, options: ClientCallOptions = {}): Promise<ListPage> {
    const { kind = OBJECT_KIND.file, after, limit = MAX_PAGE } = query;
    const request = { kind, limit, after: after === undefined ? Buffer.alloc(0) : asBuffer(after) };
    const { shares, next } = await this.#caller.read(FILE_METHODS.listFiles, request, options);
    const page = shares.map(statFromWire);
    return next.length === 0 ? { shares: page } : { shares: page, next };
  }

  /** All pages of a list, one after the other. */
  async *listPages(
    query: ListQuery = {},
    options: ClientCallOptions = {},
  ): AsyncGenerator<readonly ShareStat[], void> {
    for (let after = query.after; ; ) {
      const page = await this.listFiles({ ...query, ...(after !== undefined && { after }) }, options);
      yield page.shares;
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  /** Refuses new calls, waits up to `graceMs` (default 10 s) for running ones, ends the rest and the connections. Idempotent. */
  async close({ graceMs = 10_000 }: { graceMs?: number } = {}): Promise<void> {
    await this.#pool.close(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

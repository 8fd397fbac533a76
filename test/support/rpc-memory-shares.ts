import { blockRange } from '../../src/content/block-range.ts';
import { BLOCK_SIZE, collectionSize, STRIPE_SIZE } from '../../src/content/geometry.ts';
import {
  compareBytes,
  OBJECT_KIND,
  type ObjectId,
  type ObjectKind,
  objectId,
  objectIdHex,
} from '../../src/content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import { makeTag } from '../../src/objects/tag.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import type {
  CallOptions,
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
  ShareSelection,
  Shares,
  ShareStat,
  SharesUsage,
  StagedShare,
} from '../../src/shares/shares.ts';

const PIECE = 256 * 1024;

interface Held {
  readonly stat: ShareStat;
  readonly bytes: Uint8Array;
  readonly chunks: readonly ObjectId[];
}

/** Id of a chunk or file. */
export function idOf(kind: ObjectKind, bytes: Uint8Array): ObjectId {
  const { dataRoot } = new TreeBuilder().update(bytes).finish();
  return objectId({ kind, sizeBytes: bytes.length, count: 1, dataRoot });
}

/** The shares service over maps, for tests of what is above it. Its ids of collections are not those of the specification. */
export class MemoryShares implements Shares {
  readonly #held = new Map<string, Held>();
  readonly #undecided = new Map<string, () => SetOutcome>();
  #tags = 0;
  /** Waited for by every call, with its signal; a test holds calls or fails them here. */
  gate: (signal: AbortSignal | undefined) => Promise<void> = async () => undefined;
  /** Told about each piece of a file that was read from its sender, and each that was handed out. */
  onPiece: (direction: 'in' | 'out') => void = () => undefined;
  /** Puts its own bytes in the place of what `getFile` gives. */
  falsify: (piece: Uint8Array) => Uint8Array = (piece) => piece;

  /** Makes what stands for a proof: the beacon and the numbers of the challenge. */
  prove: (question: ShareQuestion) => Uint8Array = ({ challenge: { mode, form, k, beacon } }) =>
    Uint8Array.of(...beacon, mode, form, k);

  async setShare(bytes: Uint8Array, options?: SetOptions): Promise<SetOutcome> {
    await this.#enter(options);
    const id = idOf(OBJECT_KIND.chunk, bytes);
    return this.#pay(id, options, () => this.#put(id, OBJECT_KIND.chunk, bytes.slice()));
  }

  async getShares(ids: readonly ObjectId[], options?: CallOptions): Promise<readonly ShareItem[]> {
    await this.#enter(options);
    return ids.map((id) => {
      const held = this.#held.get(objectIdHex(id));
      return held === undefined ? { id, error: notFound(id) } : { id, bytes: held.bytes };
    });
  }

  async *readShares(
    selection: ShareSelection,
    options?: CallOptions,
  ): AsyncGenerator<readonly ShareItem[], void> {
    const ids = 'ids' in selection ? selection.ids : this.#range(selection);
    for (let at = 0; at < ids.length; at += 64) yield await this.getShares(ids.slice(at, at + 64), options);
  }

  async statShare(id: ObjectId, options?: CallOptions): Promise<ShareStat> {
    await this.#enter(options);
    return this.#get(id).stat;
  }

  async removeShare(id: ObjectId, options?: CallOptions): Promise<void> {
    await this.#enter(options);
    this.#get(id);
    this.#held.delete(objectIdHex(id));
  }

  async setShares(
    declared: { readonly count: number; readonly sizeBytes: number },
    batches: AsyncIterable<readonly Uint8Array[]>,
    options?: SetOptions,
  ): Promise<SetOutcome> {
    await this.#enter(options);
    const chunks: Uint8Array[] = [];
    for await (const batch of batches) chunks.push(...batch.map((chunk) => chunk.slice()));
    const ids = chunks.map((chunk) => idOf(OBJECT_KIND.chunk, chunk));
    if (ids.some((id, i) => i > 0 && compareBytes(ids[i - 1] ?? id, id) >= 0))
      throw new ProvenderError('PROVENDER_INVALID', 'chunks are not in ascending order of their ids');
    const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
    if (chunks.length !== declared.count || sizeBytes !== declared.sizeBytes)
      throw new ProvenderError('PROVENDER_INVALID', `${chunks.length} chunks of ${sizeBytes} bytes came`);
    const { dataRoot } = new TreeBuilder().update(Buffer.concat(ids)).finish();
    const size = collectionSize(ids.length);
    const facts = { kind: OBJECT_KIND.collection, sizeBytes: size, count: ids.length };
    const id = objectId({ ...facts, dataRoot });
    return this.#pay(id, options, () => {
      chunks.forEach((chunk, i) => this.#put(ids[i] ?? notId(), OBJECT_KIND.chunk, chunk));
      return this.#put(id, OBJECT_KIND.collection, new Uint8Array(), ids);
    });
  }

  async setFile(
    declared: FileDeclaration,
    source: AsyncIterable<Uint8Array>,
    options?: SetOptions,
  ): Promise<SetOutcome> {
    await this.#enter(options);
    const known = declared.id === undefined ? undefined : this.#held.get(objectIdHex(declared.id));
    if (known !== undefined) return { stat: known.stat, held: true, commR: new Uint8Array(32) };
    const pieces: Uint8Array[] = [];
    let found = 0;
    for await (const piece of source) {
      this.onPiece('in');
      pieces.push(piece.slice());
      found += piece.length;
      if (found > declared.sizeBytes) break;
    }
    options?.signal?.throwIfAborted();
    if (found !== declared.sizeBytes)
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `file: ${found} bytes came, ${declared.sizeBytes} declared`,
      );
    const bytes = Buffer.concat(pieces);
    const id = idOf(OBJECT_KIND.file, bytes);
    return this.#pay(id, options, () => this.#put(id, OBJECT_KIND.file, bytes));
  }

  async settle({ id }: StagedShare, what: 'publish' | 'drop'): Promise<void> {
    const publish = this.#undecided.get(objectIdHex(id));
    this.#undecided.delete(objectIdHex(id));
    if (what === 'publish') publish?.();
  }

  async getFile(
    id: ObjectId,
    range: { offset?: number; length?: number },
    options?: CallOptions,
  ): Promise<FileReading> {
    await this.#enter(options);
    const { stat, bytes } = this.#get(id);
    const offset = range.offset ?? 0;
    const length = range.length ?? Math.max(0, bytes.length - offset);
    blockRange({ size: bytes.length, offset, length });
    const data = this.#pieces(bytes.subarray(offset, offset + length), options?.signal);
    return { stat, offset, length, data };
  }

  async *fileRoots(id: ObjectId, options?: RootsOptions): AsyncGenerator<Uint8Array, void> {
    await this.#enter(options);
    const { bytes } = this.#get(id);
    const stripe = options?.stripe;
    const part =
      stripe === undefined ? bytes : bytes.subarray(stripe * STRIPE_SIZE, (stripe + 1) * STRIPE_SIZE);
    const step = stripe === undefined ? STRIPE_SIZE : BLOCK_SIZE;
    for (let at = 0; at === 0 || at < part.length; at += step)
      yield new TreeBuilder().update(part.subarray(at, at + step)).finish().dataRoot;
  }

  statFile(id: ObjectId, options?: CallOptions): Promise<ShareStat> {
    return this.statShare(id, options);
  }

  removeFile(id: ObjectId, options?: CallOptions): Promise<void> {
    return this.removeShare(id, options);
  }

  async verifyShare(question: ShareQuestion, options?: CallOptions): Promise<ShareProof> {
    await this.#enter(options);
    const { commitment } = this.#get(question.id).stat;
    return { id: question.id, commitment, proof: this.prove(question) };
  }

  async verifyShares(
    questions: readonly ShareQuestion[],
    options?: CallOptions,
  ): Promise<readonly ProofItem[]> {
    await this.#enter(options);
    return questions.map((question) => {
      const { id } = question;
      const held = this.#held.get(objectIdHex(id));
      if (held === undefined) return { id, error: notFound(id) };
      return { id, proof: { id, commitment: held.stat.commitment, proof: this.prove(question) } };
    });
  }

  verifyFile(question: ShareQuestion, options?: CallOptions): Promise<ShareProof> {
    return this.verifyShare(question, options);
  }

  async list(
    query: { kind: ObjectKind; after?: Uint8Array; limit: number },
    options?: CallOptions,
  ): Promise<SharePage> {
    await this.#enter(options);
    const { after } = query;
    const shares = [...this.#held.values()]
      .map(({ stat }) => stat)
      .filter(({ kind, id }) => kind === query.kind && (after === undefined || compareBytes(after, id) < 0))
      .sort((a, b) => compareBytes(a.id, b.id))
      .slice(0, query.limit);
    const last = shares.at(-1);
    return last === undefined || shares.length < query.limit ? { shares } : { shares, next: last.id };
  }

  usage(): SharesUsage {
    const none = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };
    return { ...none, limitBytes: Number.MAX_SAFE_INTEGER, reservedBytes: 0 };
  }

  health(): { writable: boolean } {
    return { writable: true };
  }

  async close(): Promise<void> {
    this.#held.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Lets the payment be committed for what is not held; without a decision `put` waits for `settle`. */
  async #pay(id: ObjectId, options: SetOptions | undefined, put: () => SetOutcome): Promise<SetOutcome> {
    const paid = this.#held.has(objectIdHex(id)) ? undefined : options?.paid;
    try {
      await paid?.commit({ id, tag: makeTag(1, ++this.#tags), head: new Uint8Array() });
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_PAYMENT_UNKNOWN')) this.#undecided.set(objectIdHex(id), put);
      throw error;
    }
    return put();
  }

  async #enter(options: CallOptions | undefined): Promise<void> {
    await this.gate(options?.signal);
  }

  async *#pieces(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; at < bytes.length; at += PIECE) {
      signal?.throwIfAborted();
      this.onPiece('out');
      yield this.falsify(bytes.subarray(at, at + PIECE));
    }
  }

  #range({ collection, first, count }: Extract<ShareSelection, { collection: ObjectId }>): ObjectId[] {
    const { chunks } = this.#get(collection);
    const end = count === undefined ? chunks.length : first + count;
    if (first > chunks.length || end > chunks.length)
      throw new ProvenderError('PROVENDER_RANGE', `chunks ${first} to ${end} of ${chunks.length}`);
    return chunks.slice(first, end);
  }

  #get(id: ObjectId): Held {
    const held = this.#held.get(objectIdHex(id));
    if (held === undefined) throw notFound(id);
    return held;
  }

  #put(id: ObjectId, kind: ObjectKind, bytes: Uint8Array, chunks: readonly ObjectId[] = []): SetOutcome {
    const known = this.#held.get(objectIdHex(id));
    const stat: ShareStat = {
      id,
      kind,
      sizeBytes: kind === OBJECT_KIND.collection ? collectionSize(chunks.length) : bytes.length,
      count: Math.max(1, chunks.length),
      profile: 0,
      storedBytes: BLOCK_SIZE,
      commitment: new Uint8Array([1, 2, 3]),
    };
    if (known === undefined) this.#held.set(objectIdHex(id), { stat, bytes, chunks });
    return { stat: known?.stat ?? stat, held: known !== undefined, commR: new Uint8Array(32).fill(9) };
  }
}

function notFound(id: ObjectId): ProvenderError {
  return new ProvenderError('PROVENDER_NOT_FOUND', `${objectIdHex(id)}: not held`, {
    details: { id: objectIdHex(id) },
  });
}

function notId(): never {
  throw new Error('an id for each chunk');
}

import type { ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type {
  ReadSharesRequest,
  ReadSharesResponse,
  ReadSharesSummary,
  SetSharesRequest,
} from '../../generated/provender/v1/share_service.ts';
import type { SetOutcome, ShareItem, ShareSelection } from '../../shares/shares.ts';
import { asBuffer } from '../data-codec.ts';
import { MAX_BATCH, MAX_READ_IDS, SHARE_METHODS } from '../methods.ts';
import { itemFromWire, outcomeFromWire } from '../wire-shapes.ts';
import type { Caller, ClientCallOptions } from './caller.ts';
import { checkItems } from './chunk-identity.ts';
import type { OrderedCollection } from './collection-order.ts';

/** How a read checks what it gets. */
export interface ReadOptions extends ClientCallOptions {
  /** Compares each chunk, and each whole file, with its id; default true. Without it only the node has checked. */
  readonly verify?: boolean;
}

/** What a set may ask for. */
export interface SetOptions extends ClientCallOptions {
  /** Profile of the replica, 0 (none), 1 (cat-1) or 2 (cat-2); the node's default when absent. */
  readonly profile?: number;
}

/** Sends a collection. Its id goes ahead of the chunks, so that the node encodes while it receives. */
export async function sendCollection(
  caller: Caller,
  collection: OrderedCollection,
  options: SetOptions,
): Promise<SetOutcome> {
  const messages = collectionMessages(collection, options.profile);
  const { result } = await caller.upload(SHARE_METHODS.setShares, messages, options);
  return outcomeFromWire(result);
}

async function* collectionMessages(
  { id, chunks }: OrderedCollection,
  profile: number | undefined,
): AsyncGenerator<SetSharesRequest, void> {
  const sizeBytes = BigInt(chunks.reduce((sum, { length }) => sum + length, 0));
  const header = { count: chunks.length, sizeBytes, objectId: asBuffer(id) };
  yield { header: { ...header, ...(profile !== undefined && { profile }) }, chunks: [] };
  for (let at = 0; at < chunks.length; at += MAX_BATCH)
    yield { header: undefined, chunks: chunks.slice(at, at + MAX_BATCH).map(asBuffer) };
}

/** Reads at most 64 chunks with one call. */
export async function readBatch(
  caller: Caller,
  ids: readonly ObjectId[],
  options: ReadOptions,
): Promise<ShareItem[]> {
  const { items } = await caller.read(SHARE_METHODS.getShares, { objectIds: ids.map(asBuffer) }, options);
  const found = items.map(itemFromWire);
  checkAnswer(ids, found);
  if (options.verify !== false) checkItems(found);
  return found;
}

/** Checks that an answer has an item for each id that was asked for, in order. @throws ProvenderError `PROVENDER_CORRUPT` */
export function checkAnswer(asked: readonly ObjectId[], found: readonly { readonly id: ObjectId }[]): void {
  const isSame =
    asked.length === found.length &&
    found.every(({ id }, i) => Buffer.compare(id, asked[i] ?? new Uint8Array()) === 0);
  if (isSame) return;
  throw new ProvenderError(
    'PROVENDER_CORRUPT',
    `the answer has ${found.length} items for ${asked.length} ids, or others`,
  );
}

/** Reads by id, any number of them, or a range of a collection; batches in order. */
export async function* readSelection(
  caller: Caller,
  selection: ShareSelection,
  options: ReadOptions,
): AsyncGenerator<readonly ShareItem[], void> {
  if ('collection' in selection) {
    const { collection, first, count } = selection;
    const range = { collectionId: asBuffer(collection), first, count: count ?? 0 };
    if (count !== 0) yield* readStream(caller, { objectIds: [], range }, undefined, options);
    return;
  }
  for (let at = 0; at < selection.ids.length; at += MAX_READ_IDS) {
    const ids = selection.ids.slice(at, at + MAX_READ_IDS);
    yield* readStream(caller, { objectIds: ids.map(asBuffer), range: undefined }, ids, options);
  }
}

async function* readStream(
  caller: Caller,
  request: ReadSharesRequest,
  ids: readonly ObjectId[] | undefined,
  options: ReadOptions,
): AsyncGenerator<readonly ShareItem[], void> {
  let count = 0;
  let sizeBytes = 0;
  let summary: ReadSharesSummary | undefined;
  for await (const message of startedStream(caller, request, options)) {
    if (summary !== undefined) throw cutOff(count);
    summary = message.summary;
    const items = message.items.map(itemFromWire);
    if (items.length === 0) continue;
    if (ids !== undefined) checkAnswer(ids.slice(count, count + items.length), items);
    if (options.verify !== false) checkItems(items);
    count += items.length;
    sizeBytes += items.reduce((sum, item) => sum + ('bytes' in item ? item.bytes.length : 0), 0);
    yield items;
  }
  const isWhole = summary?.items === count && summary.sizeBytes === BigInt(sizeBytes);
  if (!isWhole || (ids !== undefined && ids.length !== count)) throw cutOff(count);
}

/** Repeats the start of a stream, never its middle. */
async function* startedStream(
  caller: Caller,
  request: ReadSharesRequest,
  options: ClientCallOptions,
): AsyncGenerator<ReadSharesResponse, void> {
  const { first, rest } = await caller.begin(SHARE_METHODS.readShares, request, options);
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(); // a consumer may leave before the rest was begun
  }
}

function cutOff(count: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `the stream of chunks ended after ${count} without a fitting summary: repeat the call`,
    { details: { count } },
  );
}

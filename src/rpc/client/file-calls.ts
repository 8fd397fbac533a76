import type { ObjectId } from '../../content/object-id.ts';
import type { Placement, SetFileRequest } from '../../generated/provender/v1/file_service.ts';
import type { FileDeclaration, FileReading, SetOutcome } from '../../shares/shares.ts';
import { asBuffer } from '../data-codec.ts';
import { FILE_METHODS } from '../methods.ts';
import type { PlacedOutcome, PlacementWish } from '../placed-files.ts';
import { corruptAnswer, outcomeFromWire, present, statFromWire } from '../wire-shapes.ts';
import type { Caller, ClientCallOptions } from './caller.ts';
import { checkedData, wholeData } from './file-check.ts';
import { messagePieces } from '../pieces.ts';
import type { ReadOptions } from './share-calls.ts';

const EMPTY = Buffer.alloc(0);
/** Attempts to place a file, each with three times of assignment: 2 s and what 10 MB/s take. @see spec/storer-selection.md, section 5 */
const PLACEMENT_ATTEMPTS = 4;
const ASSIGNMENTS = 3;
const ASSIGNMENT_MS = 2000;
const PLACED_PER_MS = 10_000;
/** For the claims and the rounds of one attempt. */
const ROUNDS_MS = 10_000;
const SEGMENT_SIZE = 2 ** 27;
const ENCODED_PER_MS = 2 ** 14;

/** What a transfer of a file may bring. */
export interface ProgressOptions {
  /** Told after each message, with all content bytes that went so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What a sender declares of a file. */
export type SentFile = Omit<FileDeclaration, 'placed'>;

/** How a file is read. */
export interface FileReadOptions extends ReadOptions {
  /** Says who holds the file where the node does not know it, at most 64 KiB. */
  readonly receipt?: Uint8Array;
  /** Only from what the node holds itself; default false. */
  readonly isHeldHere?: boolean;
}

/** Sends a file. */
export async function sendFile(
  caller: Caller,
  declared: SentFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ClientCallOptions & ProgressOptions,
): Promise<SetOutcome> {
  const messages = fileMessages(declared, source, { onProgress: options.onProgress });
  const workMs = encodeTime(declared);
  const { result } = await caller.upload(FILE_METHODS.setFile, messages, { ...options, workMs });
  return outcomeFromWire(result);
}

/** Sends a file that storers of the node's network are to hold. */
export async function sendPlaced(
  caller: Caller,
  declared: SentFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { replicas = 0, name = '', ...options }: ClientCallOptions & ProgressOptions & PlacementWish,
): Promise<PlacedOutcome> {
  const placement = { replicas, name };
  const messages = fileMessages(declared, source, { placement, onProgress: options.onProgress });
  const workMs = placementTime(declared.sizeBytes);
  const { result, receipt } = await caller.upload(FILE_METHODS.setFile, messages, { ...options, workMs });
  if (receipt.length === 0) throw corruptAnswer('the answer has no receipt');
  return { ...outcomeFromWire(result), receipt };
}

/** The longest that a placement may take until it fails, in milliseconds. */
function placementTime(sizeBytes: number): number {
  return PLACEMENT_ATTEMPTS * (ROUNDS_MS + ASSIGNMENTS * (ASSIGNMENT_MS + sizeBytes / PLACED_PER_MS));
}

/**
 * Milliseconds that a slow node needs after the last byte: without an id it encodes all of the file then, with one the last segment of 128 MiB.
 * A core encodes cat-2 at about four times this rate.
 */
function encodeTime({ sizeBytes, id }: SentFile): number {
  return (id === undefined ? sizeBytes : Math.min(sizeBytes, SEGMENT_SIZE)) / ENCODED_PER_MS;
}

async function* fileMessages(
  { sizeBytes, id, profile }: SentFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { readonly placement?: Placement; readonly onProgress: ProgressOptions['onProgress'] | undefined },
): AsyncGenerator<SetFileRequest, void> {
  const { placement, onProgress } = options;
  const objectId = id === undefined ? EMPTY : asBuffer(id);
  const header = {
    sizeBytes: BigInt(sizeBytes),
    objectId,
    ...(profile !== undefined && { profile }),
    placement,
  };
  yield { header, data: EMPTY };
  let sent = 0;
  for await (const piece of messagePieces(source)) {
    yield { header: undefined, data: asBuffer(piece) };
    sent += piece.length;
    onProgress?.(sent);
  }
}

/** Opens a file for reading. */
export async function openFile(
  caller: Caller,
  id: ObjectId,
  range: { readonly offset?: number; readonly length?: number },
  options: FileReadOptions,
): Promise<FileReading> {
  const { receipt, isHeldHere = false } = options;
  const request = {
    objectId: asBuffer(id),
    heldHere: isHeldHere,
    ...(receipt !== undefined && { receipt: asBuffer(receipt) }),
    offset: BigInt(range.offset ?? 0),
    ...(range.length !== undefined && { length: BigInt(range.length) }),
  };
  const { first, rest } = await caller.begin(FILE_METHODS.getFile, request, options);
  try {
    const head = present(first.head, 'head');
    const stat = statFromWire(head.share);
    const [offset, length] = [Number(head.offset), Number(head.length)];
    const data = wholeData(id, length, rest);
    const isWhole = offset === 0 && length === stat.sizeBytes;
    return { stat, offset, length, data: isWhole && options.verify !== false ? checkedData(id, data) : data };
  } catch (error) {
    await rest.return();
    throw error;
  }
}

/** Roots of the stripes of a file, or of the blocks of one stripe, as the node has checked them; the caller checks what they fold to. */
export async function* readRoots(
  caller: Caller,
  id: ObjectId,
  { stripe, ...options }: ClientCallOptions & { readonly stripe?: number },
): AsyncGenerator<Uint8Array, void> {
  const request = { objectId: asBuffer(id), ...(stripe !== undefined && { stripe }) };
  for await (const { roots } of caller.paidDownload(FILE_METHODS.getFileRoots, request, options)) yield roots;
}

import type { ObjectId } from '../../content/object-id.ts';
import type { SetFileRequest } from '../../generated/provender/v1/file_service.ts';
import type { FileDeclaration, FileReading, SetOutcome } from '../../shares/shares.ts';
import { asBuffer } from '../data-codec.ts';
import { FILE_METHODS } from '../methods.ts';
import { outcomeFromWire, present, statFromWire } from '../wire-shapes.ts';
import type { Caller, ClientCallOptions } from './caller.ts';
import { checkedData, wholeData } from './file-check.ts';
import { messagePieces } from './pieces.ts';
import type { ReadOptions } from './share-calls.ts';

const EMPTY = Buffer.alloc(0);
const SEGMENT_SIZE = 2 ** 27;
const ENCODED_PER_MS = 2 ** 14;

/** What a transfer of a file may bring. */
export interface ProgressOptions {
  /** Told after each message, with all content bytes that went so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Sends a file. */
export async function sendFile(
  caller: Caller,
  declared: FileDeclaration,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ClientCallOptions & ProgressOptions,
): Promise<SetOutcome> {
  const messages = fileMessages(declared, source, options.onProgress);
  const workMs = encodeTime(declared);
  const { result } = await caller.upload(FILE_METHODS.setFile, messages, { ...options, workMs });
  return outcomeFromWire(result);
}

/**
 * Milliseconds that a slow node needs after the last byte: without an id it encodes all of the file then, with one the last segment of 128 MiB.
 * A core encodes cat-2 at about four times this rate.
 */
function encodeTime({ sizeBytes, id }: FileDeclaration): number {
  return (id === undefined ? sizeBytes : Math.min(sizeBytes, SEGMENT_SIZE)) / ENCODED_PER_MS;
}

async function* fileMessages(
  { sizeBytes, id, profile }: FileDeclaration,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<SetFileRequest, void> {
  const objectId = id === undefined ? EMPTY : asBuffer(id);
  const header = { sizeBytes: BigInt(sizeBytes), objectId, ...(profile !== undefined && { profile }) };
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
  options: ReadOptions,
): Promise<FileReading> {
  const request = {
    objectId: asBuffer(id),
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

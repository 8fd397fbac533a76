import { GetFileResponse, SetFileRequest } from '../generated/provender/v1/file_service.ts';
import { FetchContentResponse } from '../generated/provender/v1/placement_service.ts';
import {
  GetShareResponse,
  GetSharesResponse,
  ReadSharesResponse,
  SetShareRequest,
  SetSharesRequest,
  type ShareItem,
} from '../generated/provender/v1/share_service.ts';
import { isShared } from '../content/shared-memory.ts';
import { copyShared } from '../shares/memory/shared-copy.ts';
import type { TakeBuffer } from './message-buffers.ts';

/*
 * The generated codec copies content three times on its way out and once on its way in. These functions write the messages that carry
 * content with one copy and read them with none: the bytes of a decoded message are views of the received one, which nobody else holds.
 * They know one form only, that of a message with nothing but content; all else goes to the generated codec, which is their reference.
 * Those of streams write into a buffer that the caller lends.
 */

const EMPTY = Buffer.alloc(0);
/** For messages that are not part of a stream. */
const fresh: TakeBuffer = (sizeBytes) => Buffer.allocUnsafe(sizeBytes);
const ID_SIZE = 32;
/** Tags of length-delimited fields 1 and 2. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;

/** A view of the same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function writeVarint(out: Buffer, at: number, value: number): number {
  let rest = value;
  let end = at;
  for (; rest > 0x7f; rest >>>= 7) out[end++] = (rest & 0x7f) | 0x80;
  out[end++] = rest;
  return end;
}

function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

function writeField(out: Buffer, at: number, tag: number, bytes: Uint8Array): number {
  out[at] = tag;
  const start = writeVarint(out, at + 1, bytes.length);
  if (isShared(bytes)) copyShared(out, start, bytes);
  else out.set(bytes, start);
  return start + bytes.length;
}

/** One bytes field alone; proto3 leaves an empty one out. */
function encodeAlone(tag: number, bytes: Uint8Array, take = fresh): Buffer {
  if (bytes.length === 0) return EMPTY;
  const out = take(fieldSize(bytes.length));
  writeField(out, 0, tag, bytes);
  return out;
}

/** Steps through fields of one tag; `next` gives undefined at any other form. */
class FieldReader {
  position: number;
  readonly #bytes: Buffer;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.position = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.position === this.#end;
  }

  /** Start of the next field's content, whose end is `position` afterwards; undefined when the next is another field. */
  next(tag: number): number | undefined {
    if (this.#bytes[this.position] !== tag) return undefined;
    let at = this.position + 1;
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[at++];
      if (byte === undefined) return undefined;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (shift === 21) return undefined;
    }
    if (at + length > this.#end) return undefined;
    this.position = at + length;
    return at;
  }
}

function decodeAlone(bytes: Buffer, tag: number): Buffer | undefined {
  const reader = new FieldReader(bytes, 0, bytes.length);
  const start = reader.next(tag);
  return start === undefined || !reader.isAtEnd ? undefined : bytes.subarray(start);
}

export function encodeSetShareRequest(message: SetShareRequest): Buffer {
  if (message.profile !== undefined) return asBuffer(SetShareRequest.encode(message).finish());
  return encodeAlone(FIELD_1, message.data);
}

export function decodeSetShareRequest(bytes: Buffer): SetShareRequest {
  const data = decodeAlone(bytes, FIELD_1);
  return data === undefined ? SetShareRequest.decode(bytes) : { data, profile: undefined };
}

export function encodeGetShareResponse(message: GetShareResponse): Buffer {
  return encodeAlone(FIELD_1, message.data);
}

export function decodeGetShareResponse(bytes: Buffer): GetShareResponse {
  const data = decodeAlone(bytes, FIELD_1);
  return data === undefined ? GetShareResponse.decode(bytes) : { data };
}

export function encodeSetFileRequest(message: SetFileRequest, take?: TakeBuffer): Buffer {
  if (message.header === undefined) return encodeAlone(FIELD_2, message.data, take);
  return Buffer.from(SetFileRequest.encode(message).finish());
}

export function decodeSetFileRequest(bytes: Buffer): SetFileRequest {
  const data = decodeAlone(bytes, FIELD_2);
  return data === undefined ? SetFileRequest.decode(bytes) : { header: undefined, data };
}

export function encodeGetFileResponse(message: GetFileResponse, take?: TakeBuffer): Buffer {
  if (message.head === undefined && message.summary === undefined)
    return encodeAlone(FIELD_2, message.data, take);
  return Buffer.from(GetFileResponse.encode(message).finish());
}

export function decodeGetFileResponse(bytes: Buffer): GetFileResponse {
  const data = decodeAlone(bytes, FIELD_2);
  return data === undefined ? GetFileResponse.decode(bytes) : { head: undefined, data, summary: undefined };
}

export function encodeFetchContentResponse(message: FetchContentResponse, take?: TakeBuffer): Buffer {
  if (message.summary === undefined) return encodeAlone(FIELD_1, message.data, take);
  return Buffer.from(FetchContentResponse.encode(message).finish());
}

export function decodeFetchContentResponse(bytes: Buffer): FetchContentResponse {
  const data = decodeAlone(bytes, FIELD_1);
  return data === undefined ? FetchContentResponse.decode(bytes) : { data, summary: undefined };
}

export function encodeSetSharesRequest(message: SetSharesRequest, take = fresh): Buffer {
  if (message.header !== undefined) return Buffer.from(SetSharesRequest.encode(message).finish());
  let size = 0;
  for (const chunk of message.chunks) size += fieldSize(chunk.length);
  const out = take(size);
  let at = 0;
  for (const chunk of message.chunks) at = writeField(out, at, FIELD_2, chunk);
  return out;
}

export function decodeSetSharesRequest(bytes: Buffer): SetSharesRequest {
  const reader = new FieldReader(bytes, 0, bytes.length);
  const chunks: Buffer[] = [];
  while (!reader.isAtEnd) {
    const start = reader.next(FIELD_2);
    if (start === undefined) return SetSharesRequest.decode(bytes);
    chunks.push(bytes.subarray(start, reader.position));
  }
  return { header: undefined, chunks };
}

/** Bytes of an item that is content only; an item with an error goes through the generated codec. */
function plainItemSize(item: ShareItem): number {
  return fieldSize(ID_SIZE) + (item.data.length === 0 ? 0 : fieldSize(item.data.length));
}

function isPlain(item: ShareItem): boolean {
  return item.error === undefined && item.objectId.length === ID_SIZE;
}

function encodeItems(items: readonly ShareItem[], take = fresh): Buffer {
  let size = 0;
  for (const item of items) size += fieldSize(plainItemSize(item));
  const out = take(size);
  let at = 0;
  for (const item of items) {
    out[at] = FIELD_1;
    at = writeVarint(out, at + 1, plainItemSize(item));
    at = writeField(out, at, FIELD_1, item.objectId);
    if (item.data.length > 0) at = writeField(out, at, FIELD_2, item.data);
  }
  return out;
}

function decodeItem(bytes: Buffer, start: number, end: number): ShareItem | undefined {
  const reader = new FieldReader(bytes, start, end);
  const idStart = reader.next(FIELD_1);
  if (idStart === undefined) return undefined;
  const objectId = bytes.subarray(idStart, reader.position);
  if (reader.isAtEnd) return { objectId, data: EMPTY, error: undefined };
  const dataStart = reader.next(FIELD_2);
  if (dataStart === undefined || !reader.isAtEnd) return undefined;
  return { objectId, data: bytes.subarray(dataStart, end), error: undefined };
}

function decodeItems(bytes: Buffer): ShareItem[] | undefined {
  const reader = new FieldReader(bytes, 0, bytes.length);
  const items: ShareItem[] = [];
  while (!reader.isAtEnd) {
    const start = reader.next(FIELD_1);
    const item = start === undefined ? undefined : decodeItem(bytes, start, reader.position);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

export function encodeGetSharesResponse(message: GetSharesResponse): Buffer {
  if (message.items.every(isPlain)) return encodeItems(message.items);
  return Buffer.from(GetSharesResponse.encode(message).finish());
}

export function decodeGetSharesResponse(bytes: Buffer): GetSharesResponse {
  const items = decodeItems(bytes);
  return items === undefined ? GetSharesResponse.decode(bytes) : { items };
}

export function encodeReadSharesResponse(message: ReadSharesResponse, take?: TakeBuffer): Buffer {
  if (message.summary === undefined && message.items.every(isPlain)) return encodeItems(message.items, take);
  return Buffer.from(ReadSharesResponse.encode(message).finish());
}

export function decodeReadSharesResponse(bytes: Buffer): ReadSharesResponse {
  const items = decodeItems(bytes);
  return items === undefined ? ReadSharesResponse.decode(bytes) : { items, summary: undefined };
}

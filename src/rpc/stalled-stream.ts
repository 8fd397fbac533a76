import http2 from 'node:http2';

/*
 * grpc-js gives a server no way to end a stream whose reader has stopped, and no way to read less than 16 messages ahead.
 * Both are reached through its insides here and nowhere else; `checkGrpcVersion` guards them, and tests show that they work.
 */

/** Messages of an upload that wait for their handler; each has at most 1 MiB. */
export const READ_AHEAD = 4;

/** What of an HTTP/2 stream is used here. */
interface ResettableStream {
  readonly closed: boolean;
  setTimeout(ms: number, callback: () => void): void;
  close(code: number): void;
}

function isResettable(value: unknown): value is ResettableStream {
  return typeof value === 'object' && value !== null && 'setTimeout' in value && 'close' in value;
}

/** The HTTP/2 stream below a call of a grpc-js server. */
function streamBelow(call: object): ResettableStream | undefined {
  const intercepting: unknown = Reflect.get(call, 'call');
  if (typeof intercepting !== 'object' || intercepting === null) return undefined;
  const stream: unknown = Reflect.get(intercepting, 'stream');
  return isResettable(stream) ? stream : undefined;
}

/**
 * Resets the stream of a call that has been answered, once nothing has moved on it for `idleMs`: its reader keeps an answer in memory
 * that it does not take.
 */
export function resetWhenStalled(call: object, idleMs: number): void {
  const stream = streamBelow(call);
  if (stream === undefined || stream.closed) return;
  stream.setTimeout(idleMs, () => stream.close(http2.constants.NGHTTP2_CANCEL));
}

/** Lowers the messages that an upload keeps ready from the 16 of Node's object streams. */
export function limitReadAhead(call: object): void {
  const state: unknown = Reflect.get(call, '_readableState');
  if (typeof state === 'object' && state !== null) Reflect.set(state, 'highWaterMark', READ_AHEAD);
}

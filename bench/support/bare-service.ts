import type { MethodDefinition } from '@grpc/grpc-js';

/** Bytes of a chunk in the echo. */
export const ECHO_SIZE = 4096;
/** Bytes of a message in the streams: what SetFile, GetFile and ReadShares send. */
export const MESSAGE_SIZE = 256 * 1024;

const asIs = (bytes: Buffer): Buffer => bytes;

function method(
  name: string,
  requestStream: boolean,
  responseStream: boolean,
): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/bench.Bare/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

/** A service without a codec: bytes as they are. What grpc-js itself costs, and nothing else. */
export const BARE_SERVICE = {
  /** Answers what it gets. */
  echo: method('Echo', false, false),
  /** Takes messages and answers their bytes in sum, u48. */
  upload: method('Upload', true, false),
  /** Gets a number of messages, u48, and sends them. */
  download: method('Download', false, true),
} as const;

/** Messages of a stream before they repeat: 64 MiB, so that none comes out of a cache, as no file does. */
const DISTINCT_MESSAGES = 256;

/** Makes the messages of streams, all alike in content and each in memory of its own. */
export function streamMessages(): (index: number) => Buffer {
  const bytes = Buffer.alloc(DISTINCT_MESSAGES * MESSAGE_SIZE, 7);
  return (index) => {
    const at = (index % DISTINCT_MESSAGES) * MESSAGE_SIZE;
    return bytes.subarray(at, at + MESSAGE_SIZE);
  };
}

/** A count as the service writes it. */
export function encodeCount(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}

/** Reads what `encodeCount` wrote. */
export function decodeCount(bytes: Buffer): number {
  return bytes.readUIntBE(0, 6);
}

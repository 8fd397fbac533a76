import { ProvenderError } from '../content/provender-error.ts';

/** What a request may look like before it is decoded. */
export interface MessageRules {
  /** Bytes of the whole message. */
  readonly maxBytes: number;
  /** A repeated field, by number, and how often it may occur. */
  readonly items?: { readonly field: number; readonly max: number; readonly name: string };
}

function malformed(method: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `${method}: the message is no valid protobuf`);
}

/** Reads protobuf varints of up to 32 bits and steps over fields; allocates nothing. */
class FieldWalk {
  position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A varint, its upper bits dropped; undefined when it is cut off or too long. */
  varint(): number | undefined {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) return undefined;
      if (i < 5) value = (value | ((byte & 0x7f) << (7 * i))) >>> 0;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  /** Steps over the value of a field; false when it leaves the message or has no known form. */
  skip(wireType: number): boolean {
    if (wireType === 0) return this.varint() !== undefined;
    if (wireType === 1) this.position += 8;
    else if (wireType === 5) this.position += 4;
    else if (wireType === 2) {
      const length = this.varint();
      if (length === undefined) return false;
      this.position += length;
    } else return false;
    return this.position <= this.#bytes.length;
  }
}

function countField(method: string, bytes: Uint8Array, field: number): number {
  const walk = new FieldWalk(bytes);
  let count = 0;
  while (walk.position < bytes.length) {
    const tag = walk.varint();
    if (tag === undefined || !walk.skip(tag & 7)) throw malformed(method);
    if (tag >>> 3 === field) count++;
  }
  return count;
}

/**
 * Refuses a message that is too long or has too many items, before anything is allocated for its content.
 * @throws ProvenderError `PROVENDER_INVALID` with `found` and `limit` in the details
 * @see spec/grpc.md, section 3
 */
function checkMessage(method: string, bytes: Uint8Array, rules: MessageRules): void {
  if (bytes.length > rules.maxBytes) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `${method}: message of ${bytes.length} bytes, limit ${rules.maxBytes}`,
      { details: { found: bytes.length, limit: rules.maxBytes } },
    );
  }
  if (rules.items === undefined) return;
  const { field, max, name } = rules.items;
  const found = countField(method, bytes, field);
  if (found > max) {
    throw new ProvenderError('PROVENDER_INVALID', `${method}: ${found} ${name}, limit ${max} a message`, {
      details: { found, limit: max },
    });
  }
}

const NOTHING = new Uint8Array();

/** A request as it came. */
export interface Decoded<T> {
  /** The request, or why it was refused: a decoder that throws would make grpc-js answer a bare INTERNAL. */
  readonly message: T | ProvenderError;
  /** What it was decoded from, where that is kept; else empty. */
  readonly bytes: Uint8Array;
}

/** A decoder, and what its messages may look like. */
interface GuardedDecoder<T> {
  readonly method: string;
  readonly rules: MessageRules;
  readonly decode: (bytes: Buffer) => T;
  /** Hands on the bytes as well, which then live as long as the message. */
  readonly keepsBytes: boolean;
}

/** Wraps a decoder so that it checks first and never throws. */
export function guardedDecoder<T>({
  method,
  rules,
  decode,
  keepsBytes,
}: GuardedDecoder<T>): (bytes: Buffer) => Decoded<T> {
  const message = (bytes: Buffer): T | ProvenderError => {
    try {
      checkMessage(method, bytes, rules);
      return decode(bytes);
    } catch (error) {
      return error instanceof ProvenderError ? error : malformed(method);
    }
  };
  return (bytes) => ({ message: message(bytes), bytes: keepsBytes ? bytes : NOTHING });
}

/** The request itself. @throws ProvenderError what its decoder found */
export function decoded<T>({ message }: Decoded<T>): T {
  if (message instanceof ProvenderError) throw message;
  return message;
}

import { ProvenderError } from '../../content/provender-error.ts';
import { decodeHeader, HEADER_SIZE, type MessageHeader } from '../../proof/message-header.ts';

/**
 * Takes fields from a message, first to last. Every field is checked against the bytes that are left before it is copied, so that a length
 * that lies costs nothing. All methods throw ProvenderError `PROVENDER_INVALID` when the message ends too early.
 */
export class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #at = 0;

  /** @param name - of the message, for errors */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws ProvenderError `PROVENDER_INVALID` for another type, `PROVENDER_UNSUPPORTED` for another version */
  header(type: number): MessageHeader {
    const header = decodeHeader(this.#bytes, type);
    this.#skip(HEADER_SIZE);
    return header;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#skip(8));
  }

  /** The next `length` bytes, copied. */
  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.slice(at, at + length);
  }

  /** The next `length` bytes as text. @throws ProvenderError `PROVENDER_INVALID` unless they are UTF-8 */
  text(length: number): string {
    const at = this.#skip(length);
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch (cause) {
      throw new ProvenderError('PROVENDER_INVALID', `${this.#name}: text at byte ${at} is not UTF-8`, {
        cause,
      });
    }
  }

  /** Ends reading. @throws ProvenderError `PROVENDER_INVALID` when bytes are left over */
  end(): void {
    if (this.left === 0) return;
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `${this.#name}: ${this.#bytes.length} bytes, its fields have ${this.#at}`,
      { details: { found: this.#bytes.length, expected: this.#at } },
    );
  }

  /** @returns where the field starts */
  #skip(length: number): number {
    const at = this.#at;
    if (length > this.left) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `${this.#name}: ${this.#bytes.length} bytes, a field of ${length} starts at byte ${at}`,
        { details: { found: this.#bytes.length, expected: at + length } },
      );
    }
    this.#at += length;
    return at;
  }
}

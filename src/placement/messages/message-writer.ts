import { ProvenderError } from '../../content/provender-error.ts';
import { encodeHeader, type MessageHeader } from '../../proof/message-header.ts';

/** Numbers that a field takes; both ends included. */
interface Limits {
  readonly least: number;
  readonly most: number;
}

/**
 * Checks a number of a message.
 * @throws ProvenderError `PROVENDER_INVALID` that names the field, the limits and the value
 */
export function checkNumber(what: string, value: number, { least, most }: Limits): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ProvenderError('PROVENDER_INVALID', `${what} ${value}, from ${least} to ${most}`, {
    details: { found: value, least, most },
  });
}

/**
 * Puts the fields of a message together, first to last; numbers are big-endian. Methods throw ProvenderError `PROVENDER_INVALID` for a value
 * that its field does not hold, and return the writer. `what` names the field in errors.
 */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  header(header: MessageHeader): this {
    checkLength('network id', header.networkId, 32);
    this.#parts.push(encodeHeader(header));
    return this;
  }

  u8(value: number, what = 'u8'): this {
    return this.#number(1, BigInt(checkNumber(what, value, { least: 0, most: 0xff })));
  }

  u16(value: number, what = 'u16'): this {
    return this.#number(2, BigInt(checkNumber(what, value, { least: 0, most: 0xffff })));
  }

  u32(value: number, what = 'u32'): this {
    return this.#number(4, BigInt(checkNumber(what, value, { least: 0, most: 0xffff_ffff })));
  }

  u64(value: bigint, what = 'u64'): this {
    if (value >= 0n && value < 2n ** 64n) return this.#number(8, value);
    throw new ProvenderError('PROVENDER_INVALID', `${what} ${value}, from 0 to 2^64 - 1`);
  }

  /** Bytes of exactly `length`. They are not copied before `message`. */
  bytes(value: Uint8Array, length: number, what = 'field'): this {
    checkLength(what, value, length);
    this.#parts.push(value);
    return this;
  }

  /** All fields joined; the buffer belongs to the caller. */
  message(): Uint8Array {
    const message = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      message.set(part, at);
      at += part.length;
    }
    return message;
  }

  #number(size: number, value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value);
    this.#parts.push(bytes.subarray(8 - size));
    return this;
  }
}

function checkLength(what: string, value: Uint8Array, length: number): void {
  if (value.length === length) return;
  throw new ProvenderError('PROVENDER_INVALID', `${what}: ${value.length} bytes, not ${length}`);
}

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../content/provender-error.ts';
import { ADDRESS_SIZE, type Address } from '../address.ts';
import { SIGNATURE_SIZE } from '../signatures.ts';
import { MAX_UINT256, readUint256 } from '../uint256.ts';

/** How a field is written into JSON, and read from it. Both refuse what the other could not give. */
export interface FieldForm<T> {
  /** Takes what the record has; `name` is for the error. */
  write(value: T, name: string): string;
  /** @throws Error for another form */
  read(value: unknown, name: string): T;
  readonly isOptional?: true;
}

/** A field that a record need not have. */
export function optional<T>(form: FieldForm<T>): FieldForm<T> {
  return { ...form, isOptional: true };
}

/** A uint256, in decimal. */
export const uint256Field: FieldForm<bigint> = {
  write: (value, name) => {
    if (value < 0n || value > MAX_UINT256) throw invalid(name, `${value} is not from 0 to 2^256 - 1`);
    return value.toString();
  },
  read: (value, name) => {
    const number = readUint256(text(value, name));
    if (number === undefined) throw new Error(`${name} is no decimal number below 2^256`);
    return number;
  },
};

/** A whole number that JavaScript counts exactly, in decimal. */
export const countField: FieldForm<number> = {
  write: (value, name) => {
    if (!Number.isSafeInteger(value) || value < 0) throw invalid(name, `${value} is no whole number`);
    return value.toString();
  },
  read: (value, name) => {
    const number = Number(uint256Field.read(value, name));
    if (!Number.isSafeInteger(number)) throw new Error(`${name} is larger than 2^53 - 1`);
    return number;
  },
};

/** Yes as 1, no as 0. */
export const flagField: FieldForm<boolean> = {
  write: (value) => (value ? '1' : '0'),
  read: (value, name) => {
    if (value !== '0' && value !== '1') throw new Error(`${name} is neither 0 nor 1`);
    return value === '1';
  },
};

/** An address, in hex without 0x. */
export const addressField: FieldForm<Address> = {
  write: (value, name) => {
    if (!/^0x[0-9a-f]{40}$/.test(value)) throw invalid(name, `${value} is no address in lower case`);
    return value.slice(2);
  },
  read: (value, name) => `0x${bytesToHex(bytesField(ADDRESS_SIZE).read(value, name))}`,
};

/** Bytes in lower-case hex. @param size - how many; any number when it is absent */
export function bytesField(size?: number): FieldForm<Uint8Array> {
  const fits = (length: number): boolean => size === undefined || length === size;
  return {
    write: (value, name) => {
      if (!fits(value.length)) throw invalid(name, `${value.length} bytes, not ${size}`);
      return bytesToHex(value);
    },
    read: (value, name) => {
      const digits = text(value, name);
      if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new Error(`${name} is not lower-case hex`);
      if (!fits(digits.length / 2)) throw new Error(`${name} has ${digits.length / 2} bytes, not ${size}`);
      return hexToBytes(digits);
    },
  };
}

/** r ‖ s ‖ v, 65 bytes. */
export const signatureField: FieldForm<Uint8Array> = bytesField(SIGNATURE_SIZE);

/** The hash of a transaction: hex without 0x, given with it. */
export const transactionField: FieldForm<`0x${string}`> = {
  write: (value, name) => {
    if (!/^0x[0-9a-f]{64}$/.test(value)) throw invalid(name, `${value} is no hash of a transaction`);
    return value.slice(2);
  },
  read: (value, name) => `0x${bytesToHex(bytesField(32).read(value, name))}`,
};

/** A text of printable ASCII, at most 256 characters. */
export const textField: FieldForm<string> = {
  write: (value, name) => {
    if (!isPlain(value)) throw invalid(name, 'not up to 256 characters of printable ASCII');
    return value;
  },
  read: (value, name) => {
    const found = text(value, name);
    if (!isPlain(found)) throw new Error(`${name} is not up to 256 characters of printable ASCII`);
    return found;
  },
};

/** One of a few words. */
export function wordField<Word extends string>(words: readonly Word[]): FieldForm<Word> {
  return {
    write: (value) => value,
    read: (value, name) => {
      const word = words.find((known) => known === value);
      if (word === undefined) throw new Error(`${name} is none of ${words.join(', ')}`);
      return word;
    },
  };
}

function isPlain(value: string): boolean {
  return /^[\x20-\x7e]{0,256}$/.test(value);
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Error(`${name} is no text`);
  return value;
}

function invalid(name: string, reason: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `${name}: ${reason}`);
}

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';

/** Bytes of a number on the wire, in a message that is signed, and in the contract. */
export const UINT256_SIZE = 32;
/** The largest number that the contract knows. */
export const MAX_UINT256 = 2n ** 256n - 1n;

/** One spelling for each number: no sign, no leading zero, no other base; ASCII digits alone. */
const DECIMAL = /^(?:0|[1-9][0-9]{0,77})$/;
/** Characters of a refused text that its error shows. */
const SHOWN = 100;

/**
 * Reads an id, a nonce or an amount that arrives as text. Without the bound, one payment would work under `id` and under `id + 2^256`.
 *
 * @param what - names the number in the error
 * @throws ProvenderError `PROVENDER_INVALID` for all but the decimal form of a number below 2^256
 * @see payment-channels.md, section 3
 */
export function parseUint256(text: string, what: string): bigint {
  const value = readUint256(text);
  if (value !== undefined) return value;
  const found = text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `${what}: "${found}" is no decimal number from 0 to 2^256 - 1; write digits only`,
  );
}

/** As `parseUint256`, for those that have an error of their own; `undefined` for what it refuses. */
export function readUint256(text: string): bigint | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return value > MAX_UINT256 ? undefined : value;
}

/** u256(x): 32 bytes, big-endian. @throws ProvenderError `PROVENDER_INVALID` below 0 and from 2^256 on */
export function uint256Bytes(value: bigint): Uint8Array {
  if (value < 0n || value > MAX_UINT256)
    throw new ProvenderError('PROVENDER_INVALID', `number ${value}: not from 0 to 2^256 - 1`);
  return hexToBytes(uint256Hex(value));
}

/** 64 lower-case hex digits, so that the order of the texts is that of the numbers. `value` is from 0 to 2^256 - 1. */
export function uint256Hex(value: bigint): string {
  return value.toString(16).padStart(2 * UINT256_SIZE, '0');
}

/**
 * Reads a number that arrives as bytes: big-endian, padded or not.
 *
 * @param what - names the number in the error
 * @throws ProvenderError `PROVENDER_INVALID` unless there are 1 to 32 bytes
 */
export function uint256FromBytes(bytes: Uint8Array, what = 'number'): bigint {
  if (bytes.length < 1 || bytes.length > UINT256_SIZE)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `${what}: ${bytes.length} bytes, not 1 to ${UINT256_SIZE}; send the number big-endian`,
    );
  return BigInt(`0x${bytesToHex(bytes)}`);
}

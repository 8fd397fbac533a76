import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import { keccak256 } from './keccak.ts';

/** An Ethereum address: `0x` and 40 lower-case hex digits, so that equal addresses are equal strings. */
export type Address = `0x${string}`;

/** Bytes of an address. */
export const ADDRESS_SIZE = 20;
/** The contract says this where it has no address: a channel whose sender it is does not exist. */
export const NO_ADDRESS: Address = `0x${'0'.repeat(2 * ADDRESS_SIZE)}`;

const FORM = /^0x[0-9a-fA-F]{40}$/;
const PREFIX = 2;

/**
 * Reads an address as a person or a program writes it: in one case, or in mixed case whose checksum must hold.
 *
 * @throws ProvenderError `PROVENDER_INVALID` for another form, or when the case of its letters says that it was mistyped
 * @see EIP-55
 */
export function parseEvmAddress(text: string): Address {
  if (!FORM.test(text))
    throw new ProvenderError('PROVENDER_INVALID', `address "${text.slice(0, 60)}": not 0x and 40 hex digits`);
  const digits = text.slice(PREFIX);
  const address: Address = `0x${digits.toLowerCase()}`;
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!isOneCase && checksumAddress(address) !== text)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `address ${text}: its checksum does not hold, ${checksumAddress(address)} would; compare it with its source`,
    );
  return address;
}

/** The 20 bytes of an address. */
export function addressBytes(address: Address): Uint8Array {
  return hexToBytes(address.slice(PREFIX));
}

/** Takes 20 bytes as an address. @throws ProvenderError `PROVENDER_INVALID` for another length */
export function addressOf(bytes: Uint8Array): Address {
  if (bytes.length !== ADDRESS_SIZE)
    throw new ProvenderError('PROVENDER_INVALID', `address: ${bytes.length} bytes, not ${ADDRESS_SIZE}`);
  return `0x${bytesToHex(bytes)}`;
}

/** The form for people: the case of its letters is a checksum. @see EIP-55 */
export function checksumAddress(address: Address): string {
  const hash = bytesToHex(keccak256(utf8ToBytes(address.slice(PREFIX))));
  const digits = address
    .slice(PREFIX)
    .replace(/[a-f]/g, (digit, at: number) => ((hash[at] ?? '0') >= '8' ? digit.toUpperCase() : digit));
  return `0x${digits}`;
}

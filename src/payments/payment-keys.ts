import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import type { Address } from './address.ts';
import { UINT256_SIZE, uint256Hex } from './uint256.ts';

/** Bytes of the id of a payment group. */
export const GROUP_ID_SIZE = 32;
/** Bytes of the id of an operation, and of a life. */
export const RANDOM_ID_SIZE = 16;

/** Without a `/`, so that no name can reach into the keys of another. */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** What the address of the contract starts with and its key does not. */
const ADDRESS_PREFIX = 2;

/** Whose channels they are. */
export interface PaymentScope {
  /** `[A-Za-z0-9._-]{1,64}`, as the organization. */
  readonly network: string;
  readonly organization: string;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly mpe: Address;
}

/**
 * Where the records of the payments of one group and one contract are in the state store. Channel ids and nonces are 64 hex digits there, so
 * that the order of the keys is that of the numbers. The layout is fixed for the life of v1.
 * @see payment-channels.md, section 4
 */
export class PaymentKeys {
  /** What all keys start with; ends in `/`. */
  readonly root: string;
  /** Prefixes, each ends in `/`. */
  readonly channels: string;
  readonly locks: string;
  readonly lives: string;
  readonly claims: string;
  readonly allEnded: string;
  readonly paidMarks: string;

  /** @throws ProvenderError `PROVENDER_INVALID` for names of another form or a group id that has not 32 bytes */
  constructor(scope: PaymentScope) {
    checkName('network', scope.network);
    checkName('organization', scope.organization);
    checkSize('group id', scope.groupId, GROUP_ID_SIZE);
    const mpe = scope.mpe.slice(ADDRESS_PREFIX);
    this.root = `provender/v1/${scope.network}/${scope.organization}/${base64url(scope.groupId)}/${mpe}/`;
    this.channels = `${this.root}channel/`;
    this.locks = `${this.root}lock/`;
    this.lives = `${this.root}life/`;
    this.claims = `${this.root}claim/`;
    this.allEnded = `${this.root}ended/`;
    this.paidMarks = `${this.root}paid/`;
  }

  /** The channel record. */
  channel(id: bigint): string {
    return this.channels + uint256Hex(id);
  }

  /** The lock of a channel. */
  lock(id: bigint): string {
    return this.locks + uint256Hex(id);
  }

  /** A life of a replica. @param life - 16 random bytes for each lease */
  life(life: Uint8Array): string {
    checkSize('life', life, RANDOM_ID_SIZE);
    return this.lives + bytesToHex(life);
  }

  /** The one outstanding provider claim of a channel. */
  claim(id: bigint): string {
    return this.claims + uint256Hex(id);
  }

  /** Prefix of the closed provider claims and lost amounts of a channel; ends in `/`. */
  endedOf(id: bigint): string {
    return `${this.allEnded}${uint256Hex(id)}/`;
  }

  /** How a nonce of a channel ended. */
  ended(id: bigint, nonce: bigint): string {
    return this.endedOf(id) + uint256Hex(nonce);
  }

  /** A price schedule. @param version - a whole number from 0 */
  price(version: number): string {
    return `${this.root}price/${version}`;
  }

  /** The mark that decides what becomes of staged data. @param op - 16 bytes */
  paid(op: Uint8Array): string {
    checkSize('operation', op, RANDOM_ID_SIZE);
    return this.paidMarks + bytesToHex(op);
  }

  /** The channel of a key below `channels`, `locks` or `claims`. @throws ProvenderError `PROVENDER_INVALID` for another key */
  channelIdOf(key: string): bigint {
    const prefix = [this.channels, this.locks, this.claims].find((start) => key.startsWith(start));
    return idIn(key, prefix === undefined ? '' : key.slice(prefix.length));
  }

  /** Channel and nonce of a key below `allEnded`. @throws ProvenderError `PROVENDER_INVALID` for another key */
  endedIdOf(key: string): { readonly channelId: bigint; readonly nonce: bigint } {
    const parts = key.startsWith(this.allEnded) ? key.slice(this.allEnded.length).split('/') : [];
    const [id = '', nonce = ''] = parts;
    if (parts.length !== 2) throw notAKey(key);
    return { channelId: idIn(key, id), nonce: idIn(key, nonce) };
  }

  /** The life of a key below `lives`, 16 bytes. @throws ProvenderError `PROVENDER_INVALID` for another key */
  lifeOf(key: string): Uint8Array {
    return randomIdIn(key, this.lives);
  }

  /** The operation of a key below `paidMarks`, 16 bytes. @throws ProvenderError `PROVENDER_INVALID` for another key */
  opOf(key: string): Uint8Array {
    return randomIdIn(key, this.paidMarks);
  }
}

function idIn(key: string, digits: string): bigint {
  if (digits.length !== 2 * UINT256_SIZE || !isHex(digits)) throw notAKey(key);
  return BigInt(`0x${digits}`);
}

function randomIdIn(key: string, prefix: string): Uint8Array {
  const digits = key.startsWith(prefix) ? key.slice(prefix.length) : '';
  if (digits.length !== 2 * RANDOM_ID_SIZE || !isHex(digits)) throw notAKey(key);
  return hexToBytes(digits);
}

function isHex(text: string): boolean {
  return /^[0-9a-f]*$/.test(text);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function checkName(what: string, name: string): void {
  if (!NAME.test(name))
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `${what} "${name}": not 1 to 64 letters, digits, dots, underscores or hyphens`,
    );
}

function checkSize(what: string, bytes: Uint8Array, size: number): void {
  if (bytes.length !== size)
    throw new ProvenderError('PROVENDER_INVALID', `${what}: ${bytes.length} bytes, not ${size}`);
}

function notAKey(key: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `key "${key}": not one of these records`);
}

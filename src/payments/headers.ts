import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import type { Payment } from './payment.ts';
import { readUint256 } from './uint256.ts';

/**
 * Names of what a call carries for its payment; those in `-bin` hold bytes, which gRPC writes as base64. `snet-payment-mpe-address` is not read: the
 * node uses its own address of the contract. @see payment-channels.md, section 5
 */
export const PAYMENT_HEADERS = {
  type: 'snet-payment-type',
  channelId: 'snet-payment-channel-id',
  nonce: 'snet-payment-channel-nonce',
  amount: 'snet-payment-channel-amount',
  signature: 'snet-payment-channel-signature-bin',
} as const;

/** Taken away from what a client sends; the handler gets the sender of the channel here. */
export const USER_ADDRESS_HEADER = 'snet-user-address';

/** The one type of payment that is offered; also meant when the header is absent. */
const ESCROW = 'escrow';
/** Where those look who forget that bytes need a name in `-bin`. */
const SIGNATURE_AS_TEXT = 'snet-payment-channel-signature';
/** Characters of a value that an error shows: more than any right one has. */
const SHOWN = 100;

/** What a call carries; `get` answers all values of a key, none when it is absent. */
export interface HeaderSource {
  get(key: string): readonly (string | Uint8Array)[];
}

/**
 * Reads the payment of a call. The length of the signature is left to the validation, which says what is wrong with it.
 *
 * @returns `undefined` when the call carries none of the headers
 * @throws ProvenderError `PROVENDER_INVALID` with the texts that clients know, for headers of another type, missing, repeated or malformed
 * @see payment-channels.md, section 5
 */
export function readPayment(headers: HeaderSource): Payment | undefined {
  const names = [...Object.values(PAYMENT_HEADERS), SIGNATURE_AS_TEXT];
  if (names.every((name) => headers.get(name).length === 0)) return undefined;
  checkType(headers);
  return {
    channelId: number(headers, PAYMENT_HEADERS.channelId),
    nonce: number(headers, PAYMENT_HEADERS.nonce),
    amount: number(headers, PAYMENT_HEADERS.amount),
    signature: bytes(headers, PAYMENT_HEADERS.signature),
  };
}

/**
 * What a call gets that has to be paid and carries no payment.
 * @param hasMetadata - false when it carries nothing at all
 */
export function missingPayment(hasMetadata = true): ProvenderError {
  return hasMetadata ? missing(PAYMENT_HEADERS.channelId) : invalid('missing metadata');
}

/** What a client sends with a call that it pays for, name and value each. */
export function paymentHeaders(payment: Payment): readonly (readonly [string, string | Uint8Array])[] {
  return [
    [PAYMENT_HEADERS.type, ESCROW],
    [PAYMENT_HEADERS.channelId, payment.channelId.toString()],
    [PAYMENT_HEADERS.nonce, payment.nonce.toString()],
    [PAYMENT_HEADERS.amount, payment.amount.toString()],
    [PAYMENT_HEADERS.signature, payment.signature],
  ];
}

function checkType(headers: HeaderSource): void {
  if (headers.get(PAYMENT_HEADERS.type).length === 0) return;
  const type = single(headers, PAYMENT_HEADERS.type);
  if (type !== ESCROW) throw invalid(`unexpected "${PAYMENT_HEADERS.type}", value: "${shown(type)}"`);
}

function number(headers: HeaderSource, key: string): bigint {
  const text = single(headers, key);
  const value = typeof text === 'string' ? readUint256(text) : undefined;
  if (value === undefined) throw invalid(`incorrect format "${key}": "${shown(text)}"`);
  return value;
}

function bytes(headers: HeaderSource, key: string): Uint8Array {
  if (headers.get(key).length === 0 && headers.get(SIGNATURE_AS_TEXT).length > 0)
    throw incorrectName(SIGNATURE_AS_TEXT);
  const value = single(headers, key);
  if (typeof value === 'string') throw incorrectName(key);
  return value;
}

function single(headers: HeaderSource, key: string): string | Uint8Array {
  const values = headers.get(key);
  const [value] = values;
  if (value === undefined) throw missing(key);
  if (values.length > 1)
    throw invalid(`too many values for key "${key}": [${shownList(values.map(shown).join(' '))}]`);
  return value;
}

function missing(key: string): ProvenderError {
  return invalid(`missing "${key}"`);
}

function incorrectName(key: string): ProvenderError {
  return invalid(`incorrect binary key name "${key}"`);
}

function invalid(text: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', text);
}

/** A value as an error shows it; a long one is cut, since the answer has to fit into headers too. */
function shown(value: string | Uint8Array): string {
  return cut(typeof value === 'string' ? value : bytesToHex(value), SHOWN);
}

function shownList(text: string): string {
  return cut(text, 5 * SHOWN);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

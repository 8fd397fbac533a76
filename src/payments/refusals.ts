import type { ErrorCode } from '../content/error-codes.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { type Address, checksumAddress } from './address.ts';

/** Why a payment is refused: the step of the validation that failed, and the error that the caller gets. */
export interface Refusal {
  /** 0 to 13. @see payment-channels.md, section 6 */
  readonly step: number;
  readonly error: ProvenderError;
}

/** A row of the table: makes the refusal of one step. */
export interface RefusalRow<Facts extends readonly unknown[]> {
  readonly step: number;
  readonly code: ErrorCode;
  /** The text that clients match; an existing one is never changed. */
  readonly text: (...facts: Facts) => string;
  readonly refuse: (...facts: Facts) => Refusal;
  /** The same with what led to it. */
  readonly because: (cause: unknown, ...facts: Facts) => Refusal;
}

/**
 * Each way in which section 6 refuses a payment: step, code and text, in the order of the steps. The one place that knows the texts.
 * @see payment-channels.md, section 6
 */
export const REFUSALS = {
  notReady: row(0, 'PROVENDER_UNAVAILABLE', (reason: string) => reason),
  pricing: row(1, 'PROVENDER_CHANNEL', (reason: string) => `internal error: ${reason}`),
  busy: row(
    2,
    'PROVENDER_CHANNEL_BUSY',
    (id: bigint) => `another transaction on channel: ${channelName(id)} is in progress`,
  ),
  noLock: row(2, 'PROVENDER_UNAVAILABLE', (id: bigint) => `cannot get mutex for channel: ${channelName(id)}`),
  record: row(3, 'PROVENDER_CHANNEL', channelError),
  absent: row(4, 'PROVENDER_UNPAID', (id: bigint) => `payment channel "${channelName(id)}" not found`),
  chain: row(4, 'PROVENDER_CHANNEL', channelError),
  recipient: row(5, 'PROVENDER_CHANNEL', () =>
    channelError('recipient Address from org metadata does not Match on what was retrieved from Channel'),
  ),
  group: row(5, 'PROVENDER_CHANNEL', (own: Uint8Array, found: Uint8Array) =>
    channelError(
      `channel received belongs to another group of replicas, current group: ${byteList(own)}, channel group: ${byteList(found)}`,
    ),
  ),
  inconsistent: row(6, 'PROVENDER_CHANNEL', channelError),
  nonce: row(
    7,
    'PROVENDER_NONCE',
    (latest: bigint, sent: bigint) => `incorrect payment channel nonce, latest: ${latest}, sent: ${sent}`,
  ),
  signature: row(8, 'PROVENDER_UNPAID', () => 'payment signature is not valid'),
  signer: row(
    8,
    'PROVENDER_UNPAID',
    (signer: Address) => `payment signer ${checksumAddress(signer)} is not valid`,
  ),
  notSigned: row(9, 'PROVENDER_UNPAID', () => 'payment is not signed by channel signer/sender'),
  noBlock: row(10, 'PROVENDER_CHANNEL', () => 'cannot determine current block'),
  expired: row(
    11,
    'PROVENDER_UNPAID',
    (facts: { readonly expiration: bigint; readonly block: bigint; readonly threshold: bigint }) =>
      `payment channel is near to be expired, expiration time: ${facts.expiration}, current block: ${facts.block}, expiration threshold: ${facts.threshold}`,
  ),
  tokens: row(
    12,
    'PROVENDER_UNPAID',
    (value: bigint, amount: bigint) =>
      `not enough tokens on payment channel, channel amount: ${value}, payment amount: ${amount}`,
  ),
  income: row(
    13,
    'PROVENDER_UNPAID',
    (income: bigint, price: bigint) => `income ${income} does not equal to price ${price}`,
  ),
} as const;

/** The commit found that the channel is no longer as it was read: nothing was paid. @see payment-channels.md, section 7 */
export function concurrentlyUpdated(id: bigint): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFLICT',
    `state of payment channel was concurrently updated, channel id: ${id}`,
  );
}

/** Nobody could tell in time whether the commit was applied. @see payment-channels.md, section 7 */
export function paymentUnknown(id: bigint, cause?: unknown): ProvenderError {
  return new ProvenderError('PROVENDER_PAYMENT_UNKNOWN', `payment state is unknown, channel id: ${id}`, {
    cause,
  });
}

/** A channel as Go prints its key. */
export function channelName(id: bigint): string {
  return `{ID: ${id}}`;
}

/** Bytes as Go prints them: `[125 0 3]`. */
function byteList(bytes: Uint8Array): string {
  return `[${bytes.join(' ')}]`;
}

function channelError(reason: string): string {
  return `payment channel error: ${reason}`;
}

function row<Facts extends readonly unknown[]>(
  step: number,
  code: ErrorCode,
  text: (...facts: Facts) => string,
): RefusalRow<Facts> {
  const because = (cause: unknown, ...facts: Facts): Refusal => ({
    step,
    error: new ProvenderError(code, text(...facts), { details: { step }, cause }),
  });
  return { step, code, text, because, refuse: (...facts) => because(undefined, ...facts) };
}

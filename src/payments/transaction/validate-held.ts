import type { Address } from '../address.ts';
import { needsEnded } from '../merge.ts';
import type { Payment } from '../payment.ts';
import { decodeEnded, type EndedRecord } from '../records/ended-record.ts';
import { REFUSALS, type Refusal } from '../refusals.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { allRecords } from '../replica/all-records.ts';
import { decodeHeld, type Validation, validatePayment } from '../validate.ts';
import type { HeldRecords } from './channel-lock.ts';
import { type ChainLook, lookAgain } from './look-at-chain.ts';
import type { PaidCall } from './payment-transaction.ts';
import type { PaymentParts } from './payment-parts.ts';

/** Blocks that a cached view has to be away from the threshold, beyond which the sender may take the channel back. */
const MARGIN = 20n;

/** What is to be validated. */
export interface Question {
  readonly payment: Payment;
  readonly call: PaidCall;
  /** Who signed, when anybody did. */
  readonly signer: Address | undefined;
  /** What stood in the store, in one read. */
  readonly held: HeldRecords;
}

/**
 * Steps 3 to 13. A cached view accepts a payment when it is far enough from the expiration; before it refuses one for what may have changed on
 * the chain, the chain is read.
 *
 * @throws ProvenderError as the state store does
 * @see payment-channels.md, sections 6 and 12
 */
export async function validateHeld(
  parts: PaymentParts,
  question: Question,
  look: ChainLook | Refusal,
): Promise<Validation> {
  const stored = decode(question.held);
  if ('step' in stored) return { ok: false, ...stored };
  const validation = await withLook(parts, { ...question, ...stored }, look);
  if ('step' in look || !look.isCached || !mayHaveChanged(parts, validation)) return validation;
  const fresh = await lookAgain(parts.chain, question.payment.channelId, question.call.signal);
  return withLook(parts, { ...question, ...stored }, fresh);
}

type Decoded = ReturnType<typeof decodeHeld>;

function decode({ channel, claim }: HeldRecords): Decoded | Refusal {
  try {
    return decodeHeld({ channel: channel?.value, claim: claim?.value });
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
    return { step: REFUSALS.record.step, error };
  }
}

async function withLook(
  parts: PaymentParts,
  { payment, call, signer, stored, claim }: Question & Decoded,
  look: ChainLook | Refusal,
): Promise<Validation> {
  if ('step' in look) return { ok: false, ...look };
  const { view } = look;
  const facts = { stored, claim };
  const isEndedNeeded = view !== undefined && needsEnded({ view, ...facts });
  const ended = isEndedNeeded ? await endedOf(parts, payment.channelId) : [];
  if ('step' in ended) return { ok: false, ...ended };
  const { policy, chain } = parts;
  const { price, request } = call;
  const currentBlock = (): bigint => chain.currentBlock();
  return validatePayment({
    ...facts,
    payment,
    signer,
    policy,
    price,
    request,
    ended,
    view,
    currentBlock,
  });
}

async function endedOf({ state, keys }: PaymentParts, channelId: bigint): Promise<EndedRecord[] | Refusal> {
  const ended: EndedRecord[] = [];
  try {
    for await (const { value } of allRecords(state, keys.endedOf(channelId))) ended.push(decodeEnded(value));
    return ended;
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
    return { step: REFUSALS.inconsistent.step, error };
  }
}

/** Steps whose answer the chain can change: there is such a channel, merge, nonce, expiration, tokens. */
const OF_CHAIN: ReadonlySet<number> = new Set([
  REFUSALS.absent.step,
  REFUSALS.inconsistent.step,
  REFUSALS.nonce.step,
  REFUSALS.expired.step,
  REFUSALS.tokens.step,
]);

function mayHaveChanged({ chain, policy }: PaymentParts, validation: Validation): boolean {
  if (!validation.ok) return OF_CHAIN.has(validation.step);
  return chain.currentBlock() + policy.expirationThreshold + MARGIN >= validation.merged.expiration;
}

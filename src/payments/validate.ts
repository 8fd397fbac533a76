import { compareBytes } from '../content/object-id.ts';
import { isProvenderError } from '../content/provender-error.ts';
import type { Address } from './address.ts';
import type { ChannelView } from './chain/chain-reader.ts';
import { type ChannelFacts, type MergedChannel, mergeChannel } from './merge.ts';
import type { Payment } from './payment.ts';
import { type ChannelRecord, decodeChannel } from './records/channel-record.ts';
import { type ClaimRecord, decodeClaim } from './records/claim-record.ts';
import { REFUSALS, type Refusal } from './refusals.ts';
import { recoverSigner } from './signatures.ts';
import { paymentMessage } from './signed-messages.ts';

/** What the provider accepts. */
export interface PaymentPolicy {
  readonly mpe: Address;
  /** Recipient of every accepted channel. */
  readonly paymentAddress: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  /** Blocks before its expiration from which on a channel is not accepted. */
  readonly expirationThreshold: bigint;
  /** No other signer is accepted where it is given. */
  readonly allowedSigners?: ReadonlySet<Address>;
}

/** All that decides about a payment. */
export interface PaymentFacts {
  readonly payment: Payment;
  /** Of `paymentSigner`: worked out once for pre-check and validation, since it is most of the time that either takes. */
  readonly signer: Address | undefined;
  readonly policy: PaymentPolicy;
  readonly price: bigint;
  /** Fingerprint of the request, 32 bytes. */
  readonly request: Uint8Array;
  /** What `decodeHeld` gave. */
  readonly stored?: ChannelRecord | undefined;
  readonly claim?: ClaimRecord | undefined;
  readonly ended: ChannelFacts['ended'];
  /** `undefined`: the chain has no such channel. */
  readonly view: ChannelView | undefined;
  /** Asked at its step; an error of it is the refusal of that step. */
  readonly currentBlock: () => bigint;
}

/** What became of a payment. */
export type Validation =
  | {
      readonly ok: true;
      /** What the call brings, 0 when it is repeated. */
      readonly income: bigint;
      /** The payment was taken before and its call was not delivered. @see payment-channels.md, section 7, "Repeat" */
      readonly isRepeat: boolean;
      readonly merged: MergedChannel;
    }
  | ({ readonly ok: false } & Refusal);

/**
 * Step 3: reads what the state store holds of a channel.
 * @throws ProvenderError `PROVENDER_CHANNEL`, `payment channel error: ...`
 */
export function decodeHeld(held: {
  readonly channel?: Uint8Array | undefined;
  readonly claim?: Uint8Array | undefined;
}): { readonly stored?: ChannelRecord; readonly claim?: ClaimRecord } {
  return {
    ...(held.channel === undefined ? {} : { stored: decodeChannel(held.channel) }),
    ...(held.claim === undefined ? {} : { claim: decodeClaim(held.claim) }),
  };
}

/** Whose key signed the payment, if anybody's. About a millisecond of computation. */
export function paymentSigner(policy: PaymentPolicy, payment: Payment): Address | undefined {
  return recoverSigner(paymentMessage(policy.mpe, payment), payment.signature);
}

/**
 * Steps 8 and 9 alone, against the chain: signer and sender of a channel never change there, so what fails here fails always, and needs no lock.
 * @param signer - of `paymentSigner`
 */
export function signerRefusal(
  signer: Address | undefined,
  view: Pick<ChannelView, 'signer' | 'sender'>,
  policy: PaymentPolicy,
): Refusal | undefined {
  if (signer === undefined) return REFUSALS.signature.refuse();
  if (policy.allowedSigners?.has(signer) === false) return REFUSALS.signer.refuse(signer);
  if (signer !== view.signer && signer !== view.sender) return REFUSALS.notSigned.refuse();
  return undefined;
}

/**
 * Steps 4 to 13 in their order; the first that fails is the answer. Nothing is read and nothing is written here.
 * @see payment-channels.md, section 6
 */
export function validatePayment(facts: PaymentFacts): Validation {
  const { view, payment } = facts;
  if (view === undefined) return refused(REFUSALS.absent.refuse(payment.channelId));
  const partyRefusal = checkParties(view, facts.policy);
  if (partyRefusal !== undefined) return refused(partyRefusal);
  const merged = merge({ view, stored: facts.stored, claim: facts.claim, ended: facts.ended });
  if ('step' in merged) return refused(merged);
  const refusal =
    checkNonce(merged, payment) ??
    signerRefusal(facts.signer, view, facts.policy) ??
    checkExpiration(merged, facts) ??
    checkTokens(merged, payment);
  if (refusal !== undefined) return refused(refusal);
  return checkIncome(merged, facts);
}

/** Step 5: every time, since the address of the provider may have changed after the channel was first seen. */
function checkParties(view: ChannelView, policy: PaymentPolicy): Refusal | undefined {
  if (view.recipient !== policy.paymentAddress) return REFUSALS.recipient.refuse();
  if (compareBytes(view.groupId, policy.groupId) !== 0)
    return REFUSALS.group.refuse(policy.groupId, view.groupId);
  return undefined;
}

function merge(facts: ChannelFacts): MergedChannel | Refusal {
  try {
    return mergeChannel(facts);
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
    return { step: REFUSALS.inconsistent.step, error };
  }
}

function checkNonce(merged: MergedChannel, payment: Payment): Refusal | undefined {
  return payment.nonce === merged.nonce ? undefined : REFUSALS.nonce.refuse(merged.nonce, payment.nonce);
}

function checkExpiration(merged: MergedChannel, facts: PaymentFacts): Refusal | undefined {
  let block: bigint;
  try {
    block = facts.currentBlock();
  } catch (error) {
    return REFUSALS.noBlock.because(error);
  }
  const { expiration } = merged;
  const threshold = facts.policy.expirationThreshold;
  return block + threshold < expiration
    ? undefined
    : REFUSALS.expired.refuse({ expiration, block, threshold });
}

function checkTokens(merged: MergedChannel, payment: Payment): Refusal | undefined {
  return payment.amount <= merged.value ? undefined : REFUSALS.tokens.refuse(merged.value, payment.amount);
}

function checkIncome(merged: MergedChannel, facts: PaymentFacts): Validation {
  if (isRepeat(merged, facts)) return { ok: true, income: 0n, isRepeat: true, merged };
  const income = facts.payment.amount - merged.authorizedAmount;
  if (income !== facts.price) return refused(REFUSALS.income.refuse(income, facts.price));
  return { ok: true, income, isRepeat: false, merged };
}

/** The identical payment for an equal request; another signature of the same amount is not identical. */
function isRepeat({ record, authorizedAmount, signature }: MergedChannel, facts: PaymentFacts): boolean {
  return (
    record?.repeat === true &&
    facts.payment.amount === authorizedAmount &&
    signature !== undefined &&
    compareBytes(signature, facts.payment.signature) === 0 &&
    compareBytes(record.request, facts.request) === 0
  );
}

function refused(refusal: Refusal): Validation {
  return { ok: false, ...refusal };
}

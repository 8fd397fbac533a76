import { isProvenderError } from '../../../src/content/provender-error.ts';
import { mergeChannel } from '../../../src/payments/merge.ts';
import { type PaymentPolicy, validatePayment } from '../../../src/payments/validate.ts';
import type { ModelState } from '../model/known-states.ts';
import { factsOf, PARTIES, SIGNATURE, WORD } from './claims-facts.ts';
import { AT, type ClaimRules, HIGHEST } from './claims-state.ts';

/** A payment that the code accepts; `lost` when another amount has to go under `ended/` with it. */
export interface AcceptedPayment {
  readonly nonce: number;
  readonly amount: number;
  readonly lost: boolean;
}

/** What the code says of a channel: the store as it is, the chain as somebody believes it to be. */
export type Judge = (
  state: ModelState,
  chain: { readonly nonce: number; readonly value: number },
) => {
  /** Of all payments that a client could send. */
  readonly accepted: readonly AcceptedPayment[];
  /** The merge finds no contradiction. */
  readonly isUsable: boolean;
};

const POLICY: PaymentPolicy = {
  mpe: `0x${'44'.repeat(20)}`,
  paymentAddress: PARTIES.recipient,
  groupId: PARTIES.groupId,
  expirationThreshold: 0n,
};

/** Asks src/payments/merge.ts and validate.ts, which are pure: each question once. */
export function judgeOf({ openEntriesCount }: ClaimRules): Judge {
  const known = new Map<string, ReturnType<Judge>>();
  return (state, chain) => {
    const question = `${state.subarray(AT.hasRecord, AT.viewNonce).join()} ${chain.nonce} ${chain.value}`;
    const answer = known.get(question) ?? ask(factsOf(state, chain, { ended: openEntriesCount }));
    known.set(question, answer);
    return answer;
  };
}

function ask(facts: ReturnType<typeof factsOf>): ReturnType<Judge> {
  const accepted = HIGHEST.flatMap((highest, nonce) =>
    Array.from({ length: highest }, (_, i) => ({ nonce, amount: i + 1 })),
  ).flatMap(({ nonce, amount }) => {
    const validation = validatePayment({
      ...facts,
      payment: { channelId: 0n, nonce: BigInt(nonce), amount: BigInt(amount), signature: SIGNATURE },
      policy: POLICY,
      signer: PARTIES.signer,
      price: 1n,
      request: WORD,
      currentBlock: () => 1n,
    });
    return validation.ok ? [{ nonce, amount, lost: validation.merged.lost !== undefined }] : [];
  });
  return { accepted, isUsable: isMergeable(facts) };
}

function isMergeable(facts: ReturnType<typeof factsOf>): boolean {
  try {
    mergeChannel(facts);
    return true;
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
    return false;
  }
}

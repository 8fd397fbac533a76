import { compareBytes } from '../content/object-id.ts';
import type { Address } from './address.ts';
import type { ChannelView } from './chain/chain-reader.ts';
import type { ChannelRecord } from './records/channel-record.ts';
import type { ClaimRecord } from './records/claim-record.ts';
import type { EndedRecord } from './records/ended-record.ts';
import { channelName, REFUSALS } from './refusals.ts';

/** What is known of a channel: from the chain, and from the state store in one read. */
export interface ChannelFacts {
  readonly view: ChannelView;
  readonly stored?: ChannelRecord | undefined;
  readonly claim?: ClaimRecord | undefined;
  /** All `ended/` entries of the channel; may be left out when `needsEnded` says no. */
  readonly ended: readonly EndedRecord[];
}

/** The channel as a payment has to fit it. */
export interface MergedChannel {
  readonly channelId: bigint;
  readonly nonce: bigint;
  readonly sender: Address;
  readonly signer: Address;
  readonly recipient: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  /** What may be signed on this nonce in all: never above the value on the chain, never below 0. */
  readonly value: bigint;
  /** What the channel holds on the chain, with what earlier nonces still owe. */
  readonly chainValue: bigint;
  /** A block number. */
  readonly expiration: bigint;
  readonly authorizedAmount: bigint;
  /** Of `authorizedAmount`, 65 bytes; absent when that is 0. */
  readonly signature?: Uint8Array;
  /** The stored record, while it speaks of this nonce. */
  readonly record?: ChannelRecord;
  /** The signed amounts of earlier nonces that the chain does not show as over, by nonce. */
  readonly pending: readonly PendingAmount[];
  /**
   * Has to be put under `ended/` by whoever replaces the stored record, in the same transaction, which compares that there is none: the amount of
   * a nonce that went by on the chain without a provider claim of ours.
   */
  readonly lost?: EndedRecord;
}

/** A signed amount that the chain still owes, as far as it is known. */
interface PendingAmount {
  readonly nonce: bigint;
  readonly amount: bigint;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

/** Tells whether the merge needs the `ended/` entries of the channel: the stored nonce is ahead and the claim alone does not fit. */
export function needsEnded(facts: Omit<ChannelFacts, 'ended'>): boolean {
  const { view, stored, claim } = facts;
  if (stored === undefined || stored.nonce <= view.nonce) return false;
  return claim?.nonce !== view.nonce || stored.nonce !== view.nonce + 1n;
}

/**
 * Puts together what the chain and the state store say of a channel. Neither alone is enough: the chain does not know what was paid, and the
 * store does not know what the sender added, or took back.
 *
 * @throws ProvenderError `PROVENDER_CHANNEL`, `payment channel error: ...`, when they contradict each other, and while a nonce that nothing was
 * signed on waits for the chain
 * @see payment-channels.md, section 11
 */
export function mergeChannel(facts: ChannelFacts): MergedChannel {
  checkFacts(facts);
  const { view, stored } = facts;
  const { nonce, value, block, ...identity } = view;
  const ofView = { ...identity, chainValue: value };
  if (stored === undefined) return { ...ofView, nonce, value, authorizedAmount: 0n, pending: [] };
  if (stored.nonce < nonce) {
    const lost = lostAmount(stored, block);
    return {
      ...ofView,
      nonce,
      value,
      authorizedAmount: 0n,
      pending: [],
      ...(lost === undefined ? {} : { lost }),
    };
  }
  const pending = pendingAmounts(facts, stored);
  const owed = pending.reduce((sum, { amount }) => sum + amount, 0n);
  return {
    ...ofView,
    nonce: stored.nonce,
    value: value > owed ? value - owed : 0n,
    authorizedAmount: stored.authorizedAmount,
    ...(stored.signature === undefined ? {} : { signature: stored.signature }),
    record: stored,
    pending,
  };
}

/** What never changes on the chain must be equal, and a provider claim is of a nonce before the record's. */
function checkFacts({ view, stored, claim }: ChannelFacts): void {
  if (stored === undefined) {
    if (claim !== undefined) throw inconsistent(view, `a claim of nonce ${claim.nonce} and no record`);
    return;
  }
  if (stored.channelId !== view.channelId) throw inconsistent(view, `the record is of ${stored.channelId}`);
  for (const field of ['sender', 'signer', 'recipient'] as const)
    if (stored[field] !== view[field])
      throw inconsistent(view, `${field} ${stored[field]} is stored, the chain has ${view[field]}`);
  if (compareBytes(stored.groupId, view.groupId) !== 0) throw inconsistent(view, 'another group is stored');
  if (claim !== undefined && claim.nonce >= stored.nonce)
    throw inconsistent(view, `a claim of nonce ${claim.nonce} and a record of nonce ${stored.nonce}`);
}

/** One amount for each nonce from the chain's to the one before the record's. */
function pendingAmounts(facts: ChannelFacts, stored: ChannelRecord): PendingAmount[] {
  const { view } = facts;
  const held = heldAmounts(facts);
  const pending: PendingAmount[] = [];
  for (let nonce = view.nonce; nonce < stored.nonce; nonce += 1n) {
    const entry = held.get(nonce);
    if (entry === undefined)
      throw inconsistent(
        view,
        `nonce ${stored.nonce} is stored, the chain has ${view.nonce}, and nothing is held of nonce ${nonce}; the chain has to pass it first`,
      );
    pending.push(entry);
  }
  return pending;
}

/** By nonce. A claim that was closed between two reads is seen twice, and counts once. */
function heldAmounts({ view, claim, ended }: ChannelFacts): Map<bigint, PendingAmount> {
  const held = new Map<bigint, PendingAmount>();
  for (const { nonce, amount, signature } of claim === undefined ? ended : [claim, ...ended]) {
    const known = held.get(nonce);
    if (known !== undefined && known.amount !== amount)
      throw inconsistent(view, `nonce ${nonce} is held with ${known.amount} and with ${amount}`);
    held.set(nonce, { nonce, amount, signature });
  }
  return held;
}

/** A record with an amount has its signature: no other can be read. */
function lostAmount(
  { nonce, authorizedAmount, signature }: ChannelRecord,
  block: bigint,
): EndedRecord | undefined {
  return signature === undefined
    ? undefined
    : { nonce, amount: authorizedAmount, signature, outcome: 'unknown', block };
}

function inconsistent(view: ChannelView, reason: string): Error {
  return REFUSALS.inconsistent.refuse(`channel ${channelName(view.channelId)}: ${reason}`).error;
}

import { ProvenderError } from '../../content/provender-error.ts';
import type { ChainOptions, ChannelView } from '../chain/chain-reader.ts';
import { type HeldChannel, readHeldChannel } from '../held-records.ts';
import { type ChannelRecord, encodeChannel } from '../records/channel-record.ts';
import { encodeClaim } from '../records/claim-record.ts';
import { concurrentlyUpdated, REFUSALS } from '../refusals.ts';
import type { ClaimParts } from './claim-parts.ts';
import { claimInProgress, nothingSigned, unknownChannel } from './claim-refusals.ts';
import type { ClaimablePayment } from './claimable-payment.ts';
import { clearTxn } from './clear-txn.ts';
import { emptiedRecord, OPERATION_SIZE } from './emptied-record.ts';

/** Payments that may come in between before it is given up. */
const ATTEMPTS = 5;

/** What is claimed. */
export interface ClaimStart {
  readonly channelId: bigint;
  /** The nonce that the provider has signed for; any, where absent. */
  readonly nonce?: bigint;
}

/**
 * Starts the claim of a channel: in one transaction the signed amount becomes the outstanding claim and the channel goes on with the next nonce. So no
 * payment is on both or on neither, and clients may pay on the next nonce at once.
 *
 * @returns the payment with its signature
 * @throws ProvenderError `PROVENDER_NOT_FOUND`; `PROVENDER_CHANNEL_BUSY` when nothing was signed, a call has the channel, or a claim is outstanding;
 *   `PROVENDER_CONFLICT` when the channel is on another nonce than was signed for; `PROVENDER_CHANNEL` when the chain cannot be read
 * @see payment-channels.md, section 9, "StartClaim"
 */
export async function startClaim(
  parts: ClaimParts,
  start: ClaimStart,
  options: ChainOptions = {},
): Promise<ClaimablePayment> {
  const { channelId } = start;
  const view = await parts.chain.read(channelId, options);
  if (view === undefined) throw unknownChannel(channelId);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const held = await readHeldChannel(parts, channelId, options);
    const signed = signedAmount(held, view, start);
    if (await begin(parts, { held, view, signed })) {
      const { nonce, amount, signature } = signed;
      parts.events.started?.({ channelId, nonce, amount });
      return { channelId, nonce, amount, signature, expiration: view.expiration };
    }
  }
  throw concurrentlyUpdated(channelId);
}

/** What there is to claim, in the order of the refusals. */
interface Signed {
  readonly record: ChannelRecord;
  readonly nonce: bigint;
  readonly amount: bigint;
  readonly signature: Uint8Array;
}

function signedAmount({ stored, claim }: HeldChannel, view: ChannelView, start: ClaimStart): Signed {
  const { channelId } = view;
  if (stored?.signature === undefined) throw nothingSigned(channelId);
  if (claim !== undefined) throw claimInProgress(channelId);
  const { nonce, authorizedAmount: amount, signature } = stored;
  if (start.nonce !== undefined && start.nonce !== nonce) throw concurrentlyUpdated(channelId);
  // An amount of an earlier nonce is open again, after a reorganisation: that one comes first.
  if (nonce > view.nonce) throw claimInProgress(channelId);
  if (nonce < view.nonce) {
    const message = `channel Id ${channelId}: nonce ${nonce} is stored, the chain has passed it and is at ${view.nonce}`;
    throw new ProvenderError('PROVENDER_CHANNEL', message);
  }
  return { record: stored, nonce, amount, signature };
}

/** False when the channel was written since it was read. */
async function begin(
  { state, keys, random }: ClaimParts,
  { held, view, signed }: { held: HeldChannel; view: ChannelView; signed: Signed },
): Promise<boolean> {
  const { channelId, block: startBlock } = view;
  const { nonce, amount, signature } = signed;
  const [channel, lock, claim] = [keys.channel(channelId), keys.lock(channelId), keys.claim(channelId)];
  const started = { nonce: nonce + 1n, op: random(OPERATION_SIZE) };
  const next = encodeChannel(emptiedRecord(signed.record, view, started));
  const outstanding = encodeClaim({ nonce, amount, signature, startBlock });
  const { succeeded, records } = await clearTxn(state, {
    compare: [
      { key: channel, modRevision: held.channel?.modRevision ?? 0n },
      { key: lock, createRevision: 0n },
      { key: claim, createRevision: 0n },
    ],
    then: [
      { put: channel, value: next },
      { put: claim, value: outstanding },
    ],
    else: [{ get: lock }, { get: claim }],
    proof: { key: claim, value: outstanding },
  });
  if (succeeded) return true;
  const [lockRecord, claimRecord] = records;
  if (lockRecord !== undefined) throw REFUSALS.busy.refuse(channelId).error;
  if (claimRecord !== undefined) throw claimInProgress(channelId);
  return false;
}

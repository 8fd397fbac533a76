import { isProvenderError } from '../../content/provender-error.ts';
import type { StateRecord } from '../../state/state-store.ts';
import { decodeChannel } from '../records/channel-record.ts';
import { decodeClaim } from '../records/claim-record.ts';
import { allRecords } from '../replica/all-records.ts';
import type { ClaimParts } from './claim-parts.ts';
import type { SweptChannel } from './claim-sweep.ts';
import type { ClaimablePayment } from './claimable-payment.ts';

/**
 * Amounts that no claim was started for, without their signatures, in the order of the channels.
 * @see payment-channels.md, section 9, "GetListUnclaimed"
 */
export async function unclaimedPayments(parts: ClaimParts): Promise<ClaimablePayment[]> {
  const { state, keys } = parts;
  return collect(parts, allRecords(state, keys.channels), ({ value }) => {
    const { channelId, nonce, authorizedAmount: amount, expiration } = decodeChannel(value);
    return amount === 0n ? [] : [{ channelId, nonce, amount, expiration }];
  });
}

/**
 * Outstanding claims and amounts that a reorganisation has opened again, with their signatures, in the order of channels and nonces: all that has to
 * be sent to the contract.
 * @param swept - what the sweep before has found
 * @see payment-channels.md, section 9, "GetListInProgress"
 */
export async function paymentsInProgress(
  parts: ClaimParts,
  swept: ReadonlyMap<bigint, SweptChannel>,
): Promise<ClaimablePayment[]> {
  const { state, keys } = parts;
  const reopened = [...swept].flatMap(([channelId, { view, reopened: entries }]) =>
    entries.map(({ nonce, amount, signature }) => {
      const { expiration } = view;
      return { channelId, nonce, amount, signature, expiration };
    }),
  );
  const outstanding = await collect(parts, allRecords(state, keys.claims), async ({ key, value }) => {
    const channelId = keys.channelIdOf(key);
    const { nonce, amount, signature } = decodeClaim(value);
    const expiration = swept.get(channelId)?.view.expiration ?? (await storedExpiration(parts, channelId));
    return [{ channelId, nonce, amount, signature, expiration }];
  });
  return [...reopened, ...outstanding].toSorted(inOrder);
}

/** Of a channel that the chain did not show just now. */
async function storedExpiration({ state, keys }: ClaimParts, channelId: bigint): Promise<bigint> {
  const record = await state.get(keys.channel(channelId));
  return record === undefined ? 0n : decodeChannel(record.value).expiration;
}

/** A record that cannot be read is told, and hides no other. */
async function collect(
  { keys, events }: ClaimParts,
  records: AsyncIterable<StateRecord>,
  read: (record: StateRecord) => ClaimablePayment[] | Promise<ClaimablePayment[]>,
): Promise<ClaimablePayment[]> {
  const payments: ClaimablePayment[] = [];
  for await (const record of records) {
    try {
      payments.push(...(await read(record)));
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
      events.channelFailed?.({ channelId: keys.channelIdOf(record.key), error });
    }
  }
  return payments;
}

function inOrder(a: ClaimablePayment, b: ClaimablePayment): number {
  if (a.channelId !== b.channelId) return a.channelId < b.channelId ? -1 : 1;
  return a.nonce < b.nonce ? -1 : 1;
}

import { randomBytes } from 'node:crypto';
import { paidRecord } from '../../src/payments/paid-record.ts';
import type { Payment } from '../../src/payments/payment.ts';
import type { PaymentKeys } from '../../src/payments/payment-keys.ts';
import { encodeChannel } from '../../src/payments/records/channel-record.ts';
import { decodeHeld, paymentSigner, validatePayment } from '../../src/payments/validate.ts';
import type { FakeChannels } from '../../test/support/fake-channels.ts';
import { POLICY } from '../../test/support/payment-fixtures.ts';
import { PRICE } from './payment-stock.ts';
import type { PlainState } from './plain-state.ts';

const LOCKED = new Uint8Array([1]);
const FREE = new Uint8Array([0]);

/** What payments are taken with, the naive way. */
export interface NaiveParts {
  readonly state: PlainState;
  readonly keys: PaymentKeys;
  readonly chain: FakeChannels;
  /** 32 bytes. */
  readonly request: Uint8Array;
}

/**
 * Takes a payment as daemons of the kind do: read the lock, take it, read the record, put the record, free the lock, each as a request of its own, and
 * the put without a condition. It validates as ours does. A crash in between leaves the lock; that is what it is compared for.
 *
 * @see payment-channels.md, section 16, "baseline"
 */
export async function payNaively(
  { state, keys, chain, request }: NaiveParts,
  payment: Payment,
): Promise<void> {
  const { channelId } = payment;
  const signer = paymentSigner(POLICY, payment);
  const lockKey = keys.lock(channelId);
  const lock = await state.get(lockKey);
  const locked = await state.compareAndPut(lockKey, lock?.modRevision ?? 0n, LOCKED);
  if (locked === undefined) throw new Error('two callers on one channel');
  const record = await state.get(keys.channel(channelId));
  const held = decodeHeld({ channel: record?.value });
  const validated = validatePayment({
    payment,
    signer,
    policy: POLICY,
    price: PRICE,
    request,
    ...held,
    ended: [],
    view: chain.cached(channelId),
    currentBlock: () => chain.currentBlock(),
  });
  if (!validated.ok) throw validated.error;
  const op = new Uint8Array(randomBytes(16));
  const paid = paidRecord(validated.merged, payment, { op, by: 1, schedule: 1, request });
  await state.put(keys.channel(channelId), encodeChannel(paid));
  await state.compareAndPut(lockKey, locked, FREE);
}

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { ChannelPayments } from '../../../src/payments/channel-payments.ts';
import { PaymentMarksStore } from '../../../src/payments/paid-marks.ts';
import type { Payment } from '../../../src/payments/payment.ts';
import { decodeChannel } from '../../../src/payments/records/channel-record.ts';
import { releaseOldLocks } from '../../../src/payments/replica/release-old-locks.ts';
import type { PaymentTransaction } from '../../../src/payments/transaction/payment-transaction.ts';
import { EtcdStateStore } from '../../../src/state/etcd/etcd-state-store.ts';
import { deferred } from '../deferred.ts';
import { aPayment, filled, POLICY } from '../payment-fixtures.ts';
import {
  type HammerOrder,
  type PayEnd,
  type PayOrder,
  type ReplicaOrder,
  type ReplicaOrders,
  type ReplicaSays,
  sharedNowMs,
} from './orders.ts';
import { keysOf, REAL_CLOCK, SCHEDULE, STILL_CHAIN } from './settings.ts';
import { Steps, steppedState } from './stepped-state.ts';
import { FileUploads } from './uploads.ts';

// A real replica: takes payments over a real etcd, as its parent orders. Argument: ReplicaOrders as JSON.

const orders: ReplicaOrders = JSON.parse(process.argv[2] ?? '');
const REQUEST = filled(32, 7);
/** Longest pause of a lane that found the channel busy. */
const BUSY_MS = 25;

const say = (said: ReplicaSays): void => {
  process.send?.(said);
};
const steps = new Steps();
const etcd = await EtcdStateStore.open({ endpoints: orders.endpoints });
const state = steppedState(etcd, steps);
const { replica, lockTtlMs } = orders;
const keys = keysOf(orders.network);
const uploads = new FileUploads(orders.directory);
await releaseOldLocks({ state, keys, replica });
await uploads.recover(new PaymentMarksStore({ state, keys }));
const event = (name: string) => () => say({ says: 'event', event: name });
const payments = await ChannelPayments.open({
  state,
  keys,
  chain: STILL_CHAIN,
  policy: POLICY,
  schedule: SCHEDULE,
  replica,
  lockTtlMs,
  staged: uploads,
  random: (length) => new Uint8Array(randomBytes(length)),
  clock: REAL_CLOCK,
  events: { lifeLost: event('lifeLost'), lifeBegun: event('lifeBegun'), reaped: event('reaped') },
});
let isResting = false;
let goOn = deferred<undefined>();
process.on('message', (message: { order: number; what: ReplicaOrder }) => {
  void obey(message.what).then((ends) => say({ says: 'answer', order: message.order, ends }));
});
process.on('disconnect', () => process.exit());
say({ says: 'ready' });

async function obey(what: ReplicaOrder): Promise<PayEnd[]> {
  switch (what.do) {
    case 'pay':
      return [await pay(what)];
    case 'hammer':
      return hammer(what);
    case 'goOn':
      goOn.resolve(undefined);
      return [];
    case 'rest':
      isResting = true;
      return [];
  }
}

async function pay(what: PayOrder): Promise<PayEnd> {
  const payment = aPayment({ channelId: what.channelId, amount: what.amount });
  if (what.dieAt !== undefined) steps.dieAt(what.dieAt, what.late ?? false);
  return attempt(payment, async (tx) => {
    if (what.hold === true) await hold(tx.signal);
    if (what.upload === true) await upload(tx);
  });
}

async function attempt(payment: Payment, work: (tx: PaymentTransaction) => Promise<void>): Promise<PayEnd> {
  const fromMs = sharedNowMs();
  let end = 'paid';
  let op: string | undefined;
  try {
    await payments.run(payment, { method: 'SetShare', price: 1n, request: REQUEST }, (tx) => {
      op = Buffer.from(tx.op).toString('hex');
      return work(tx);
    });
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    end = error.code;
  }
  return { amount: payment.amount, end, ...(op === undefined ? {} : { op }), fromMs, toMs: sharedNowMs() };
}

/** Works until it is told to go on, or is cancelled because the lease is lost. */
async function hold(signal: AbortSignal): Promise<void> {
  goOn = deferred();
  say({ says: 'holding' });
  const lost = new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  await Promise.race([goOn.promise, lost]);
}

async function upload(tx: PaymentTransaction): Promise<void> {
  const mark = uploads.stage(tx.op, replica);
  steps.reach();
  try {
    await tx.commit(mark);
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_PAYMENT_UNKNOWN')) await uploads.drop(mark);
    throw error;
  }
  await uploads.publish(mark);
  steps.reach();
}

async function hammer({ channelId, attempts, lanes }: HammerOrder): Promise<PayEnd[]> {
  const ends: PayEnd[] = [];
  const signed = new Map<bigint, Payment>();
  let highest = 0n;
  isResting = false;
  const next = (): Payment => {
    const amount = highest + 1n;
    const payment = signed.get(amount) ?? aPayment({ channelId, amount });
    signed.set(amount, payment);
    return payment;
  };
  const lane = async (): Promise<void> => {
    while (ends.length < attempts && !isResting) {
      const done = await attempt(next(), () => Promise.resolve());
      ends.push(done);
      if (done.end === 'paid' && done.amount > highest) highest = done.amount;
      else if (done.end === 'PROVENDER_CHANNEL_BUSY') await wait(Math.random() * BUSY_MS);
      else if (done.end !== 'paid') highest = await authorized(channelId).catch(() => highest);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return ends;
}

async function authorized(channelId: bigint): Promise<bigint> {
  const record = await state.get(keys.channel(channelId));
  return record === undefined ? 0n : decodeChannel(record.value).authorizedAmount;
}

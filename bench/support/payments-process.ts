import { createHash, randomBytes } from 'node:crypto';
import { ChannelPayments } from '../../src/payments/channel-payments.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { PaymentKeys } from '../../src/payments/payment-keys.ts';
import { paymentSigner } from '../../src/payments/validate.ts';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { FakeChannels } from '../../test/support/fake-channels.ts';
import { GROUP, MPE, POLICY } from '../../test/support/payment-fixtures.ts';
import { systemClock } from '../../src/node/system-clock.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { payNaively } from './naive-payments.ts';
import { type LoadResult, payEach, payTogether } from './payment-load.ts';
import { type ChannelStock, PaymentStock, PRICE } from './payment-stock.ts';
import { type PlainState, plainEtcd, plainOver } from './plain-state.ts';
import { perCoreSecond } from './rate.ts';

/** Where the state is kept. */
export type PaymentPlace =
  | { readonly store: 'level'; readonly directory: string }
  | { readonly store: 'etcd'; readonly endpoints: readonly string[]; readonly leader: string };

/** Who takes payments: ours, or the plain sequence; or the smallest write of the store, for scale. */
export type PaymentWay = 'ours' | 'naive' | 'compare-and-set';

const REQUEST = new Uint8Array(createHash('sha256').update('a request').digest());
/** Bytes of a channel record, about. */
const VALUE = content(1, 500);

interface Parts {
  readonly state: StateStore;
  readonly plain: PlainState;
  readonly payments: ChannelPayments;
  readonly keys: PaymentKeys;
  readonly chain: FakeChannels;
  readonly stock: PaymentStock;
}

let opened: Parts | undefined;
let stocks: readonly ChannelStock[] = [];

function parts(): Parts {
  if (opened === undefined) throw new Error('not open');
  return opened;
}

async function openState(place: PaymentPlace): Promise<StateStore> {
  if (place.store === 'level') return await LevelStateStore.open(place);
  return await EtcdStateStore.open(place);
}

/** Keys of their own for each way, so that one finds nothing of the other. */
function keysOf(organization: string): PaymentKeys {
  return new PaymentKeys({ network: 'bench', organization, groupId: GROUP, mpe: MPE });
}

async function payOurs(payment: Payment): Promise<void> {
  const tx = await parts().payments.start(payment, { method: 'GetShare', price: PRICE, request: REQUEST });
  await tx.commit();
}

async function compareAndSet(payment: Payment): Promise<void> {
  const { plain, keys } = parts();
  const key = `${keys.root}plain/${payment.channelId}`;
  const seen = revisions.get(key) ?? 0n;
  const written = await plain.compareAndPut(key, seen, VALUE);
  if (written === undefined) throw new Error('somebody else wrote');
  revisions.set(key, written);
}
const revisions = new Map<string, bigint>();

function payBy(way: PaymentWay): (payment: Payment) => Promise<void> {
  if (way === 'ours') return payOurs;
  if (way === 'compare-and-set') return compareAndSet;
  const { plain: state, chain } = parts();
  const naive = { state, keys: keysOf('naive'), chain, request: REQUEST };
  return (payment) => payNaively(naive, payment);
}

const commands = {
  open: async ({ place, replica }: { place: PaymentPlace; replica: number }) => {
    const state = await openState(place);
    const chain = new FakeChannels();
    const keys = keysOf('ours');
    const payments = await ChannelPayments.open({
      state,
      keys,
      chain,
      policy: POLICY,
      schedule: { version: 1, default: { perCall: PRICE, perKiB: 0n }, methods: {} },
      replica,
      lockTtlMs: 10_000,
      staged: { publish: async () => undefined, drop: async () => undefined },
      random: (length) => new Uint8Array(randomBytes(length)),
      clock: systemClock,
    });
    const plain = place.store === 'level' ? plainOver(state) : plainEtcd(place.leader);
    opened = { state, plain, payments, keys, chain, stock: new PaymentStock(chain) };
  },
  /** Makes channels with signed payments for the next case. */
  prepare: async ({ channels, each }: { channels: number; each: number }) => {
    stocks = await parts().stock.make(channels, each);
  },
  /** Replicas that are given the same number make the same channels. */
  alignStock: async ({ channel }: { channel: number }) => parts().stock.goTo(BigInt(channel)),
  /** One caller on each channel. @returns also how often the chain was asked */
  payEach: async ({ way }: { way: PaymentWay }): Promise<LoadResult & { readonly chainReads: number }> => {
    const before = parts().chain.reads;
    const result = await payEach(stocks, payBy(way));
    return { ...result, chainReads: parts().chain.reads - before };
  },
  /** Many callers on the first channel. */
  payTogether: async ({ callers, mostMs }: { callers: number; mostMs: number }): Promise<LoadResult> =>
    payTogether(stocks[0] ?? [], { pay: payOurs, callers, mostMs }),
  /** Signatures of payments that one core checks in a second. */
  signatures: async ({ minMs }: { minMs: number }) => {
    const [payment] = stocks[0] ?? [];
    if (payment === undefined) throw new Error('no payment');
    return perCoreSecond(minMs, () => (paymentSigner(POLICY, payment) === undefined ? 0 : 1));
  },
  close: async () => {
    const { payments, plain, state } = parts();
    await payments.close();
    await plain.close();
    await state.close();
  },
};

/** What this process can do. */
export type PaymentsCommands = typeof commands;

serveCommands(commands);

import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainReader, ChannelView } from '../../../src/payments/chain/chain-reader.ts';
import type { PaymentClock } from '../../../src/payments/clock.ts';
import { PaymentKeys } from '../../../src/payments/payment-keys.ts';
import type { PriceSchedule } from '../../../src/payments/price-schedule.ts';
import { GROUP, MPE, VIEW } from '../payment-fixtures.ts';

/** Where the records of one test are. */
export function keysOf(network: string): PaymentKeys {
  return new PaymentKeys({ network, organization: 'provender', groupId: GROUP, mpe: MPE });
}

/** Each call costs 1. */
export const SCHEDULE: PriceSchedule = { version: 1, default: { perCall: 1n, perKiB: 0n }, methods: {} };

/** A chain on which each channel is open, rich and never changes. */
export const STILL_CHAIN: ChainReader = {
  currentBlock: () => VIEW.block,
  cached: (channelId) => viewOf(channelId),
  read: (channelId) => Promise.resolve(viewOf(channelId)),
  ending: () => Promise.resolve({ is: 'unknown' }),
};

function viewOf(channelId: bigint): ChannelView {
  return { ...VIEW, channelId, value: 10n ** 12n };
}

/** The time of the machine. */
export const REAL_CLOCK: PaymentClock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

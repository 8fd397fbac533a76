import { setImmediate as turn } from 'node:timers/promises';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { Payment } from '../../src/payments/payment.ts';
import type { ChannelStock } from './payment-stock.ts';

/** Takes one payment. */
export type Pay = (payment: Payment) => Promise<void>;

/** What a load came to. */
export interface LoadResult {
  readonly done: number;
  readonly seconds: number;
  /** Milliseconds of each payment, in ascending order. */
  readonly latenciesMs: readonly number[];
  /** Attempts that were refused because the channel was busy, or because another caller was first. */
  readonly refused: number;
  /** Payments that were taken in each second from the start on. */
  readonly perSecond: readonly number[];
}

class Tally {
  readonly #startedAt = performance.now();
  readonly #latencies: number[] = [];
  readonly #perSecond: number[] = [];
  refused = 0;

  async measure(work: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await work();
    const now = performance.now();
    this.#latencies.push(now - startedAt);
    const second = Math.floor((now - this.#startedAt) / 1000);
    this.#perSecond[second] = (this.#perSecond[second] ?? 0) + 1;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  result(): LoadResult {
    const seconds = this.elapsedMs / 1000;
    const perSecond = Array.from({ length: Math.floor(seconds) }, (_, i) => this.#perSecond[i] ?? 0);
    return {
      done: this.#latencies.length,
      seconds,
      latenciesMs: this.#latencies.toSorted((a, b) => a - b),
      refused: this.refused,
      perSecond,
    };
  }
}

/** One caller on each channel, payment after payment, until the stock is used up. */
export async function payEach(stocks: readonly ChannelStock[], pay: Pay): Promise<LoadResult> {
  const tally = new Tally();
  const caller = async (stock: ChannelStock): Promise<void> => {
    for (const payment of stock) await tally.measure(() => pay(payment));
  };
  await Promise.all(stocks.map(caller));
  return tally.result();
}

/** Many callers on one channel: each tries the next payment that it knows of, again and again, until the stock is used up or the time is over. */
export async function payTogether(
  stock: ChannelStock,
  { pay, callers, mostMs }: { readonly pay: Pay; readonly callers: number; readonly mostMs: number },
): Promise<LoadResult> {
  const tally = new Tally();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (tally.elapsedMs < mostMs) {
      const at = next;
      const payment = stock[at];
      if (payment === undefined) return;
      try {
        await tally.measure(() => pay(payment));
        next = Math.max(next, at + 1);
      } catch (error) {
        tally.refused++;
        // its income is 0 or less: somebody else has paid it
        if (isProvenderError(error, 'PROVENDER_UNPAID')) next = Math.max(next, at + 1);
        else if (!isProvenderError(error, 'PROVENDER_CHANNEL_BUSY')) throw error;
        await turn();
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return tally.result();
}

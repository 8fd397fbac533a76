import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../../content/error-codes.ts';
import { isProvenderError, ProvenderError } from '../../../content/provender-error.ts';
import { paymentHeaders } from '../../../payments/headers.ts';
import type { Payment } from '../../../payments/payment.ts';
import type { PaidAttempt, PaidCall, PayableNode } from '../client-payments.ts';
import { retryDelayMs } from '../retry.ts';
import type { ChannelSession, TriedOutcome } from './channel-session.ts';
import { checkPrice, lowerPrice, type PriceBook } from './price-book.ts';

/** A call that was paid. */
export interface PaidEvent {
  readonly method: string;
  /** What it cost, in the smallest token unit. */
  readonly price: bigint;
  /** Paid on this nonce so far. */
  readonly amount: bigint;
}

/** When a call has to be over. */
export interface Deadline {
  /** At least 1. */
  leftMs(): number;
  /** Whether anything that takes `ms` still fits. */
  has(ms: number): boolean;
}

/** The deadline of a call, counted from now by the monotonic clock. */
export function deadlineOf({ timeoutMs }: PaidCall): Deadline {
  const endsAt = performance.now() + timeoutMs;
  return {
    leftMs: () => Math.max(1, endsAt - performance.now()),
    has: (ms) => performance.now() + ms < endsAt,
  };
}

/** Nothing was paid, whatever came before; the codes of the validation and those of calls that never got so far. @see payment-channels.md, section 6 */
const REFUSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PROVENDER_INVALID',
  'PROVENDER_RANGE',
  'PROVENDER_NOT_FOUND',
  'PROVENDER_EXISTS',
  'PROVENDER_CONFLICT',
  'PROVENDER_OVER_QUOTA',
  'PROVENDER_BUSY',
  'PROVENDER_UNSUPPORTED',
  'PROVENDER_DENIED',
  'PROVENDER_UNPAID',
  'PROVENDER_NONCE',
  'PROVENDER_CHANNEL_BUSY',
  'PROVENDER_CHANNEL',
  'PROVENDER_CONFIG',
]);
/** The node reads the channel, or the price, in another way than the payment was made. */
const MISFITS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PROVENDER_UNPAID', 'PROVENDER_NONCE']);
const WAITING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PROVENDER_CHANNEL_BUSY', 'PROVENDER_BUSY']);

/** How often another payment is made for one call, and how often the identical one is sent again. */
const MAX_REPAIRS = 2;
const MAX_REPEATS = 3;

/** What the attempts of one call need. */
export interface PaidAttemptsOptions {
  readonly call: PaidCall;
  readonly node: PayableNode;
  readonly session: ChannelSession;
  readonly prices: PriceBook;
  readonly deadline: Deadline;
  readonly maxPrice: bigint | undefined;
  readonly onPaid: ((event: PaidEvent) => void) | undefined;
}

/**
 * Makes one paid call, as often as it takes. Waits while the channel is busy; after an answer that says nothing about the payment it asks for the state
 * of the channel and sends the identical payment again; pays anew only where the state shows that the payment before was not taken.
 */
export class PaidAttempts {
  readonly #options: PaidAttemptsOptions;
  #price = 0n;
  /** Failure after which nobody knew whether the payment counts. */
  #unclear: unknown;
  #repairs = 0;
  #repeats = 0;
  #waits = 0;

  constructor(options: PaidAttemptsOptions) {
    this.#options = options;
  }

  /** @throws what the last attempt threw; where the payment may count, or does, the file says so to the next call */
  async run<T>(price: bigint, attempt: PaidAttempt<T>): Promise<T> {
    const { call, node, session, deadline, onPaid } = this.#options;
    this.#price = price;
    if (session.isUnsure(call.request)) await session.recover(node, deadline.leftMs());
    for (let again: Payment | undefined; ; ) {
      const payment: Payment = again ?? (await session.prepare(this.#price, call.request));
      let answer: T;
      try {
        answer = await attempt(paymentHeaders(payment), deadline.leftMs());
      } catch (error) {
        again = await this.#afterFailure(error, payment);
        continue;
      }
      await session.accept(payment);
      onPaid?.({ method: call.method, price: this.#price, amount: payment.amount });
      return answer;
    }
  }

  /** @returns the payment to send again; `undefined` for another one @throws what ends the call */
  async #afterFailure(error: unknown, payment: Payment): Promise<Payment | undefined> {
    const code = isProvenderError(error) ? error.code : undefined;
    if (code === undefined || !REFUSED.has(code)) return await this.#afterUnclear(error, payment);
    if (WAITING.has(code)) return await this.#afterBusy(error, payment);
    if (MISFITS.has(code) && isProvenderError(error)) return await this.#afterMisfit(error, payment);
    await this.#giveUp();
    throw error;
  }

  async #afterBusy(error: unknown, payment: Payment): Promise<Payment> {
    const { call, deadline } = this.#options;
    const delayMs = retryDelayMs(error, Math.min(this.#waits++, MAX_DOUBLINGS), Math.random());
    if (!call.isRepeatable() || !deadline.has(delayMs)) {
      await this.#giveUp();
      throw error;
    }
    await this.#pause(delayMs);
    return payment;
  }

  async #afterMisfit(error: ProvenderError, payment: Payment): Promise<undefined> {
    const { call, node, session, deadline, prices, maxPrice } = this.#options;
    const before = { base: session.base, price: this.#price };
    const lower = lowerPrice(call, error, this.#price);
    const outcome = await this.#recover(error);
    if (this.#unclear !== undefined && outcome !== 'open') throw paidAndLost(this.#unclear, payment);
    await session.takeBack();
    if (this.#repairs++ === MAX_REPAIRS || !call.isRepeatable()) throw error;
    this.#price = lower ?? (await prices.price(call, node, deadline.leftMs()));
    checkPrice(call, this.#price, maxPrice);
    if (session.base === before.base && this.#price === before.price) throw error;
    return undefined;
  }

  /** The same payment is sent again whether it counts or not: it cannot count twice, and a node that owes the call serves it. */
  async #afterUnclear(error: unknown, payment: Payment): Promise<Payment | undefined> {
    this.#unclear ??= error;
    const { call, deadline } = this.#options;
    const delayMs = retryDelayMs(error, this.#repeats, Math.random());
    const mayRepeat = this.#repeats++ < MAX_REPEATS && call.isRepeatable() && deadline.has(delayMs);
    if (!mayRepeat || call.signal?.aborted === true) throw error;
    await this.#pause(delayMs);
    if ((await this.#recover(error)) !== 'over') return payment;
    this.#unclear = undefined;
    return undefined;
  }

  /** @throws `error`, where the state cannot be asked for: then the next call asks */
  async #recover(error: unknown): Promise<TriedOutcome> {
    const { session, node, deadline } = this.#options;
    try {
      return await session.recover(node, deadline.leftMs());
    } catch (reason) {
      if (isProvenderError(reason, 'PROVENDER_CHANNEL')) throw reason;
      throw error;
    }
  }

  /** After an unclear attempt the amount is not free: the file keeps it until the state of the channel is known. */
  async #giveUp(): Promise<void> {
    if (this.#unclear === undefined) await this.#options.session.takeBack();
  }

  /** The signal ends the wait; the next attempt then says why. */
  async #pause(delayMs: number): Promise<void> {
    const { signal } = this.#options.call;
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** Doublings of the time between two attempts on a busy channel: 100 ms to 3.2 s. */
const MAX_DOUBLINGS = 5;

function paidAndLost(unclear: unknown, { amount }: Payment): unknown {
  if (!isProvenderError(unclear)) return unclear;
  const text = `${unclear.message}; the call was paid (amount ${amount}) and its answer is lost: calling again pays again`;
  return new ProvenderError(unclear.code, text, { details: unclear.details, cause: unclear });
}

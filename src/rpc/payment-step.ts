import { createHash } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { type HeaderSource, missingPayment, readPayment, USER_ADDRESS_HEADER } from '../payments/headers.ts';
import type { Payment } from '../payments/payment.ts';
import { priceOf } from '../payments/price-schedule.ts';
import { CallPayment } from './call-payment.ts';
import { type Decoded, decoded } from './message-scan.ts';
import type { PaymentServices } from './payment-services.ts';
import type { RunningCall } from './running-call.ts';

/** Content bytes that a call is charged for, by its first message. @throws ProvenderError `PROVENDER_NOT_FOUND` and what else the call would fail with */
export type Charge<Request> = (request: Request, running: RunningCall) => Promise<number> | number;

/** A call that is about to be paid. */
export interface PayableCall<Request> {
  /** Short name of the method, by which the schedule names it. */
  readonly method: string;
  /** Path of the method, part of the fingerprint. */
  readonly path: string;
  readonly running: RunningCall;
  readonly headers: Metadata;
  /** Waits for the first message. */
  readonly first: () => Promise<Decoded<Request>>;
  /** Absent for methods of a fixed price. */
  readonly charge: Charge<Request> | undefined;
}

/** Rows 0 and 1 of the validation, then the payment around the work. One per server. @see payment-channels.md, sections 2 and 6 */
export class PaymentStep {
  readonly #services: PaymentServices;

  constructor(services: PaymentServices) {
    this.#services = services;
  }

  /**
   * Does the work of a call when it is paid, or costs nothing.
   * @param work - gets the first message; an answer that it sends itself it sends behind `running.payment.commit()`
   * @throws ProvenderError as payment-channels.md, section 6 says, and what the work throws
   */
  async run<Request, T>(
    call: PayableCall<Request>,
    work: (first: Decoded<Request>) => Promise<T>,
  ): Promise<T> {
    call.headers.remove(USER_ADDRESS_HEADER); // a caller says who it is by paying
    const payment = readPayment(headersOf(call.headers));
    const first = await call.first();
    const price = await this.#price(call, first, payment);
    if (payment === undefined) {
      if (price === 0n) return await work(first);
      throw missingPayment(Object.keys(call.headers.getMap()).length > 0);
    }
    const { method, running } = call;
    const request = fingerprint(call.path, first.bytes);
    const paid = { method, price, request, signal: running.signal };
    return await this.#services.calls.run(payment, paid, async (tx) => {
      const paying = new CallPayment(tx, this.#services.replica, (reason) => running.abort(reason));
      running.payment = paying;
      try {
        running.signal.throwIfAborted();
        return await work(first);
      } finally {
        paying.end();
      }
    });
  }

  async #price<Request>(
    { method, charge, running }: PayableCall<Request>,
    first: Decoded<Request>,
    payment: Payment | undefined,
  ): Promise<bigint> {
    const request = decoded(first);
    const { schedule } = this.#services;
    // the work itself finds what is wrong with a call that nobody pays for
    if (payment === undefined && priceOf(schedule, method, 1n) === 0n) return 0n;
    const bytes = charge === undefined ? 0 : await charge(request, running);
    return priceOf(schedule, method, BigInt(bytes));
  }
}

/** Headers of a call as they were sent: HTTP/2 joins values of one name by a comma and a space, which no header of a payment has. */
function headersOf(metadata: Metadata): HeaderSource {
  const apart = (value: string | Buffer): readonly (string | Buffer)[] =>
    typeof value === 'string' ? value.split(', ') : [value];
  return { get: (key) => metadata.get(key).flatMap(apart) };
}

/** Tells equal requests from others: SHA-256 over the path of the method, a zero byte and the first message, 32 bytes. */
function fingerprint(path: string, bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(path).update(Uint8Array.of(0)).update(bytes).digest();
}

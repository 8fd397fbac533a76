import { Metadata } from '@grpc/grpc-js';
import type { Encode } from '../methods.ts';
import { asBuffer } from '../data-codec.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { cancelled } from './call-error.ts';
import type {
  ClientPayments,
  PaidAttempt,
  PaidCall,
  PayableNode,
  PaymentHeaders,
} from './client-payments.ts';
import { callFingerprint, payableMethod } from './paid-methods.ts';
import { ReplayedMessages } from './replayed-messages.ts';

/** How long a call may take until the node has taken its payment, and what ends it. */
export interface PayableLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What paying needs to know of a method. */
interface SentMethod<Request> {
  readonly path: string;
  readonly requestSerialize: Encode<Request>;
}

const NO_HEADERS: PaymentHeaders = [];
const always = (): boolean => true;

/** Takes calls to whoever pays for them. Without payments, and for methods that are always free, they are made as they are. */
export class PayableCalls {
  readonly #payments: ClientPayments | undefined;
  readonly #node: PayableNode;

  constructor(payments: ClientPayments | undefined, node: PayableNode) {
    this.#payments = payments;
    this.#node = node;
  }

  /**
   * A call of one request.
   * @param attempt - makes it once with payment headers; without any it may repeat the call itself
   */
  async single<Request, T>(
    method: SentMethod<Request>,
    request: Request,
    limits: PayableLimits,
    attempt: (headers: PaymentHeaders, leftMs: number) => Promise<T>,
  ): Promise<T> {
    const payable = payableMethod(method.path);
    const payments = this.#payments;
    if (payments === undefined || payable === undefined) return await attempt(NO_HEADERS, limits.timeoutMs);
    const call: PaidCall = {
      ...limits,
      method: payable.name,
      size: payable.sizeOf(request),
      request: callFingerprint(method.path, method.requestSerialize(request)),
      isRepeatable: always,
    };
    return await this.#pay(payments, call, attempt);
  }

  /**
   * A call of many requests, of which the first says what it costs.
   * @param attempt - sends the messages once, with payment headers
   */
  async upload<Request, T>(
    method: SentMethod<Request>,
    messages: AsyncIterable<Request>,
    limits: PayableLimits,
    attempt: (sent: SentMessages, headers: PaymentHeaders) => Promise<T>,
  ): Promise<T> {
    const payable = payableMethod(method.path);
    const payments = this.#payments;
    if (payments === undefined || payable === undefined)
      return await attempt(sentMessages(messages, method.requestSerialize), NO_HEADERS);
    const replayed = new ReplayedMessages(messages, method.requestSerialize);
    try {
      const first = await replayed.first();
      const call: PaidCall = {
        ...limits,
        method: payable.name,
        size: payable.sizeOf(first?.message),
        request: callFingerprint(method.path, first?.bytes ?? new Uint8Array()),
        isRepeatable: () => replayed.isRepeatable,
      };
      return await this.#pay(payments, call, (headers) =>
        attempt(sentMessages(replayed.messages(), replayed.encode), headers),
      );
    } finally {
      // a source that still waits for its own bytes ends when those come
      void replayed.close().catch(() => undefined);
    }
  }

  /** Whoever waits for its turn to pay can be cancelled there too. */
  async #pay<T>(payments: ClientPayments, call: PaidCall, attempt: PaidAttempt<T>): Promise<T> {
    try {
      return await payments.pay(call, this.#node, attempt);
    } catch (error) {
      const { signal } = call;
      if (signal?.aborted !== true || isProvenderError(error)) throw error;
      throw cancelled(signal);
    }
  }
}

/** Messages with how they are written, whatever they are. */
export interface SentMessages {
  send(by: <T>(messages: AsyncIterable<T>, encode: Encode<T>) => Promise<void>): Promise<void>;
}

function sentMessages<T>(messages: AsyncIterable<T>, encode: Encode<T>): SentMessages {
  return { send: (by) => by(messages, encode) };
}

/** Payment headers as gRPC takes them. */
export function paymentMetadata(headers: PaymentHeaders): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of headers)
    metadata.set(name, typeof value === 'string' ? value : asBuffer(value));
  return metadata;
}

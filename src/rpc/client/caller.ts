import { setMaxListeners } from 'node:events';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Method, UploadMethod } from '../methods.ts';
import { receiveMessages } from '../receive-messages.ts';
import { asEncoded, sendMessages } from '../send-messages.ts';
import { callError } from './call-error.ts';
import { type ChannelPool, closed } from './channel-pool.ts';
import type { ClientPayments, PaymentHeaders } from './client-payments.ts';
import { PayableCalls, paymentMetadata, type SentMessages } from './payable-calls.ts';
import { payableNode } from './payable-node.ts';
import { type RetryLimits, withRetries } from './retry.ts';

/** What every call of the client may bring. */
export interface ClientCallOptions {
  /** Ends the call; it rejects with the signal's reason when that is a `ProvenderError`, else with `PROVENDER_CANCELLED`. */
  readonly signal?: AbortSignal;
  /** Unary calls: for the answer, retries included. Streams: for the first message of a read. The client's default when absent. */
  readonly timeoutMs?: number;
}

/** What an upload may bring besides. */
export interface UploadOptions extends ClientCallOptions {
  /** Milliseconds that the node may need for its work after the last message, on top of the time that a stream may stand still. */
  readonly workMs?: number;
}

/** Defaults of a client, in milliseconds. */
export interface CallerTimes {
  readonly timeoutMs: number;
  readonly idleMs: number;
}

/** One attempt of a unary call. */
interface UnaryOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly headers: PaymentHeaders;
  readonly isChange: boolean;
}

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER); // all streams that nobody may end listen to it

/** Makes calls over a pool: deadlines, retries, cancellation, back-pressure and errors of ours. Knows no method by name. */
export class Caller {
  readonly #pool: ChannelPool;
  readonly #address: string;
  readonly #times: CallerTimes;
  readonly #payable: PayableCalls;

  constructor(pool: ChannelPool, address: string, times: CallerTimes, payments?: ClientPayments) {
    this.#pool = pool;
    this.#address = address;
    this.#times = times;
    this.#payable = new PayableCalls(
      payments,
      payableNode(() => this),
    );
  }

  /** A unary call that changes nothing, repeated while that may help. */
  read<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: ClientCallOptions,
  ): Promise<Response> {
    const { timeoutMs = this.#times.timeoutMs, signal } = options;
    return this.#payable.single(method, request, { timeoutMs, signal }, (headers, leftMs) =>
      withoutPayment(headers, { timeoutMs: leftMs, signal }, (ms) =>
        this.#unary(method, request, { timeoutMs: ms, signal, headers, isChange: false }),
      ),
    );
  }

  /** A unary call that changes something; never repeated. */
  change<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: ClientCallOptions,
  ): Promise<Response> {
    const { timeoutMs = this.#times.timeoutMs, signal } = options;
    return this.#payable.single(method, request, { timeoutMs, signal }, (headers, leftMs) =>
      this.#unary(method, request, { timeoutMs: leftMs, signal, headers, isChange: true }),
    );
  }

  /** Sends messages and gives the answer, which may come before all are sent: the rest is not read from `messages` then. */
  upload<Request, Response>(
    method: UploadMethod<Request, Response>,
    messages: AsyncIterable<Request>,
    options: UploadOptions,
  ): Promise<Response> {
    const limits = { timeoutMs: this.#times.idleMs, signal: options.signal };
    return this.#payable.upload(method, messages, limits, (sent, headers) =>
      this.#send(method, sent, headers, options),
    );
  }

  async #send<Request, Response>(
    method: UploadMethod<Request, Response>,
    sent: SentMessages,
    headers: PaymentHeaders,
    { signal = NEVER, workMs = 0 }: UploadOptions,
  ): Promise<Response> {
    const failed = (error: unknown): unknown => this.#failure(error, signal, true);
    if (signal.aborted) throw failed(signal.reason);
    const lease = this.#pool.take();
    const answer = new Answer<Response>();
    let isAnswered = false;
    const call = lease.client.makeClientStreamRequest<Buffer, Response>(
      method.path,
      asEncoded,
      method.responseDeserialize,
      paymentMetadata(headers),
      {},
      (error, value) => {
        isAnswered = true;
        lease.release();
        if (error === null && value !== undefined) answer.resolve(value);
        else answer.reject(error ?? new Error('neither an answer nor an error'));
      },
    );
    lease.onClose(() => call.cancel());
    const { idleMs } = this.#times;
    const limits = { signal, idleMs, isAnswered: () => isAnswered };
    const sending = sent.send((messages, encode) => sendMessages(call, messages, { ...limits, encode }));
    try {
      // an answer ends the call even while the source of the messages keeps us waiting
      const answered = sending.then(() => this.#answered(answer.promise, idleMs + workMs, signal));
      return await Promise.race([answer.promise, answered]);
    } catch (error) {
      call.cancel();
      throw failed(error);
    }
  }

  /** Gives the messages of an answer as they come; the call ends when the consumer stops. */
  async *download<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    { signal = NEVER }: ClientCallOptions,
    headers: PaymentHeaders = [],
  ): AsyncGenerator<Response, void> {
    if (signal.aborted) throw this.#failure(signal.reason, signal, false);
    const lease = this.#pool.take();
    const call = lease.client.makeServerStreamRequest<Request, Response>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      paymentMetadata(headers),
      {},
    );
    const cancel = (): void => call.cancel();
    call.once('status', () => {
      signal.removeEventListener('abort', cancel);
      lease.release();
    });
    lease.onClose(cancel);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      yield* receiveMessages<Response>(call, { signal, idleMs: this.#times.idleMs });
    } catch (error) {
      throw this.#failure(error, signal, false);
    } finally {
      cancel();
    }
  }

  /**
   * Starts a download and waits for its first message, repeating while that may help; nothing has been handed out until then.
   * The stream must be read to its end, or ended by `return` or the signal.
   */
  async begin<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: ClientCallOptions,
  ): Promise<{ first: Response; rest: AsyncGenerator<Response, void> }> {
    const { first, rest } = await this.#start(method, request, options);
    if (first.done !== true) return { first: first.value, rest };
    throw new ProvenderError('PROVENDER_CORRUPT', `the node at ${this.#address} answered without a message`);
  }

  /** As `download`, of a method that may cost something; an answer may have no message at all. */
  async *paidDownload<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: ClientCallOptions,
  ): AsyncGenerator<Response, void> {
    const { first, rest } = await this.#start(method, request, options);
    try {
      if (first.done !== true) yield first.value;
      yield* rest;
    } finally {
      await rest.return(); // a consumer may leave before the rest was begun
    }
  }

  /** A download up to its first message, behind which it is paid. */
  #start<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: ClientCallOptions,
  ): Promise<{ first: IteratorResult<Response, void>; rest: AsyncGenerator<Response, void> }> {
    const { timeoutMs = this.#times.timeoutMs, signal } = options;
    return this.#payable.single(method, request, { timeoutMs, signal }, (headers, leftMs) =>
      withoutPayment(headers, { timeoutMs: leftMs, signal }, async () => {
        const rest = this.download(method, request, options, headers);
        return { first: await rest.next(), rest };
      }),
    );
  }

  async #unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    { timeoutMs, signal, headers, isChange }: UnaryOptions,
  ): Promise<Response> {
    if (signal?.aborted === true) throw this.#failure(signal.reason, signal, isChange);
    const lease = this.#pool.take();
    const answer = new Answer<Response>();
    const call = lease.client.makeUnaryRequest<Request, Response>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      paymentMetadata(headers),
      { deadline: Date.now() + timeoutMs },
      (error, value) => {
        if (error === null && value !== undefined) answer.resolve(value);
        else answer.reject(error ?? new Error('neither an answer nor an error'));
      },
    );
    const cancel = (): void => call.cancel();
    lease.onClose(cancel);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await answer.promise;
    } catch (error) {
      throw this.#failure(error, signal, isChange);
    } finally {
      signal?.removeEventListener('abort', cancel);
      lease.release();
    }
  }

  /** Waits for the answer to an upload that has been sent whole. */
  async #answered<Response>(
    answer: Promise<Response>,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Response> {
    const ended = new Answer<never>();
    const timer = setTimeout(() => {
      const text = `the node at ${this.#address} took all and did not answer for ${waitMs} ms: look with stat, then repeat`;
      ended.reject(new ProvenderError('PROVENDER_AMBIGUOUS', text, { details: { waitMs } }));
    }, waitMs);
    const onAbort = (): void => ended.reject(new Error('aborted'));
    signal.addEventListener('abort', onAbort);
    try {
      return await Promise.race([answer, ended.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #failure(error: unknown, signal: AbortSignal | undefined, isChange: boolean): unknown {
    const isOurs = error instanceof ProvenderError;
    if (this.#pool.isClosed && !isOurs && isCancelled(error)) return closed();
    return callError(error, { address: this.#address, isTls: this.#pool.isTls, signal, isChange });
  }
}

/** Repeats a call that is not paid; whoever pays for one repeats it with the right payment. */
function withoutPayment<T>(
  headers: PaymentHeaders,
  limits: RetryLimits,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  return headers.length > 0 ? attempt(limits.timeoutMs) : withRetries(limits, attempt);
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 1;
}

/** A promise with its ends. Its rejection may come before anybody waits for it, so it is marked as seen. */
class Answer<T> {
  resolve: (value: T) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;
  readonly promise: Promise<T>;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => undefined);
  }
}

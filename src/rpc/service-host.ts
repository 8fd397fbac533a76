import {
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  type Server,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { CallChain, ChainedMethod, Ended } from './call-chain.ts';
import { outOfOrder } from './first-message.ts';
import { type Decoded, decoded, guardedDecoder } from './message-scan.ts';
import type { DownloadMethod, MethodGrant } from './methods.ts';
import { paidBeforeSent } from './paid-before-sent.ts';
import type { Charge, PaymentStep } from './payment-step.ts';
import { receiveMessages } from './receive-messages.ts';
import type { RunningCall, ServerCall } from './running-call.ts';
import { asEncoded, sendMessages } from './send-messages.ts';
import { limitReadAhead, resetWhenStalled } from './stalled-stream.ts';

/** A method with what the server grants to it. */
export interface HostedMethod<Request, Response> {
  readonly definition: MethodDefinition<Request, Response>;
  readonly grant: MethodGrant;
  /** What it is charged for where calls are paid; absent for methods of a fixed price. */
  readonly charge?: Charge<Request>;
}

/** A download, and how many of its messages show that the rest can be given: they are ready before it is paid. Default 1. */
export type HostedDownload<Request, Response> = HostedMethod<Request, Response> & {
  readonly definition: DownloadMethod<Request, Response>;
  readonly opening?: number;
};

/** A call that has passed the chain. */
interface AdmittedCall<Request> {
  readonly call: ServerCall;
  readonly running: RunningCall;
  readonly first: () => Promise<Decoded<Request>>;
}

/**
 * Puts handlers behind the chain and onto a grpc-js server. Handlers are plain functions from a request, or many, to an answer, or many:
 * they throw `ProvenderError`s and know neither statuses nor streams of Node.
 */
export class ServiceHost {
  readonly #server: Server;
  readonly #chain: CallChain;
  readonly #payments: PaymentStep | undefined;

  /** @param payments - innermost of the chain, since it needs the first message; absent where calls cost nothing */
  constructor(server: Server, chain: CallChain, payments?: PaymentStep) {
    this.#server = server;
    this.#chain = chain;
    this.#payments = payments;
  }

  /** One request, one answer. */
  unary<Request, Response>(
    hosted: HostedMethod<Request, Response>,
    handle: (request: Request, running: RunningCall) => Promise<Response>,
  ): void {
    const { definition } = hosted;
    const { method, decode } = this.#chained(hosted);
    const listener: handleUnaryCall<Decoded<Request>, Response> = (call, callback) => {
      const first = async (): Promise<Decoded<Request>> => call.request;
      let trailers: ReadonlyMap<string, string> | undefined;
      void this.#chain
        .run(method, call, (running) => {
          trailers = running.trailers;
          return this.#paid(hosted, { call, running, first }, () => handle(decoded(call.request), running));
        })
        .then((ended) => answer(callback, ended, trailers));
    };
    this.#server.register(definition.path, listener, definition.responseSerialize, decode, 'unary');
  }

  /** Many requests, one answer; the handler may answer before it has read them all. */
  upload<Request, Response>(
    hosted: HostedMethod<Request, Response>,
    handle: (requests: AsyncGenerator<Request, void>, running: RunningCall) => Promise<Response>,
  ): void {
    const { definition } = hosted;
    const { method, decode } = this.#chained(hosted);
    const { idleMs } = this.#chain.times;
    const listener: handleClientStreamingCall<Decoded<Request>, Response> = (call, callback) => {
      limitReadAhead(call);
      void this.#chain
        .run(method, call, async (running) => {
          const received = receiveMessages<Decoded<Request>>(call, { signal: running.signal, idleMs });
          const first = (): Promise<Decoded<Request>> => firstOf(received);
          try {
            return await this.#paid(hosted, { call, running, first }, (opened) =>
              handle(decodedAll(received, opened), running),
            );
          } finally {
            void received.return(); // a handler that answers early leaves it where it is
          }
        })
        .then((ended) => {
          answer(callback, ended);
          resetWhenStalled(call, idleMs);
        });
    };
    this.#server.register(definition.path, listener, definition.responseSerialize, decode, 'clientStream');
  }

  /** One request, many answers; a failure after some of them ends the call with its status, never as if it were whole. */
  download<Request, Response>(
    hosted: HostedDownload<Request, Response>,
    handle: (request: Request, running: RunningCall) => AsyncIterable<Response>,
  ): void {
    const { definition } = hosted;
    const { method, decode } = this.#chained(hosted);
    const { idleMs } = this.#chain.times;
    const { opening = 1 } = hosted;
    const listener: handleServerStreamingCall<Decoded<Request>, Buffer> = (call) => {
      const first = async (): Promise<Decoded<Request>> => call.request;
      const send = (running: RunningCall): Promise<void> => {
        const answers = handle(decoded(call.request), running);
        const { payment } = running;
        const messages = payment === undefined ? answers : paidBeforeSent(answers, opening, payment);
        const encode = definition.responseSerialize;
        // grpc-js says in one breath that all was taken and that the call is over
        call.once('finish', () => running.settle());
        return sendMessages(call, messages, { signal: running.signal, idleMs, encode });
      };
      void this.#chain
        .run(method, call, (running) => this.#paid(hosted, { call, running, first }, () => send(running)))
        .then((ended) => {
          if ('status' in ended && !call.cancelled) call.emit('error', ended.status);
          resetWhenStalled(call, idleMs);
        });
    };
    this.#server.register(definition.path, listener, asEncoded, decode, 'serverStream');
  }

  #chained<Request, Response>({
    definition,
    grant,
  }: HostedMethod<Request, Response>): {
    method: ChainedMethod;
    decode: (bytes: Buffer) => Decoded<Request>;
  } {
    const name = shortName(definition.path);
    const isStream = definition.requestStream || definition.responseStream;
    const decode = guardedDecoder({
      method: name,
      rules: grant.rules,
      decode: definition.requestDeserialize,
      keepsBytes: this.#payments !== undefined,
    });
    return { method: { ...grant, name, isStream }, decode };
  }

  /** Does the work of a call once its payment is valid, where there are payments. @param work - gets the first message where that was read */
  #paid<Request, Response, T>(
    { definition: { path }, grant, charge }: HostedMethod<Request, Response>,
    { call, running, first }: AdmittedCall<Request>,
    work: (first?: Decoded<Request>) => Promise<T>,
  ): Promise<T> {
    if (this.#payments === undefined || grant.isFree === true) return work();
    const method = shortName(path);
    return this.#payments.run({ method, path, running, headers: call.metadata, first, charge }, work);
  }
}

function shortName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function answer<T>(
  callback: sendUnaryData<T>,
  ended: Ended<T>,
  trailers: ReadonlyMap<string, string> = new Map(),
): void {
  if ('status' in ended) return callback(ended.status);
  const metadata = new Metadata();
  for (const [name, text] of trailers) metadata.set(name, text);
  callback(null, ended.value, metadata);
}

/** Waits for the first message of an upload. */
async function firstOf<T>(received: AsyncGenerator<T, void>): Promise<T> {
  const first = await received.next();
  if (first.done === true) throw outOfOrder('no message came');
  return first.value;
}

/** All messages; `first` has been taken from them already. */
async function* decodedAll<T>(
  messages: AsyncIterable<Decoded<T>>,
  first: Decoded<T> | undefined,
): AsyncGenerator<T, void> {
  if (first !== undefined) yield decoded(first);
  for await (const message of messages) yield decoded(message);
}

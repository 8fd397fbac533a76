import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  Server,
  sendUnaryData,
} from '@grpc/grpc-js';
import type { CallChain, ChainedMethod, Ended } from './call-chain.ts';
import { type Decoded, decoded, guardedDecoder } from './message-scan.ts';
import type { DownloadMethod, MethodGrant } from './methods.ts';
import { receiveMessages } from './receive-messages.ts';
import type { RunningCall } from './running-call.ts';
import { asEncoded, sendMessages } from './send-messages.ts';
import { limitReadAhead, resetWhenStalled } from './stalled-stream.ts';

/** A method with what the server grants to it. */
export interface HostedMethod<Request, Response> {
  readonly definition: MethodDefinition<Request, Response>;
  readonly grant: MethodGrant;
}

/**
 * Puts handlers behind the chain and onto a grpc-js server. Handlers are plain functions from a request, or many, to an answer, or many:
 * they throw `ProvenderError`s and know neither statuses nor streams of Node.
 */
export class ServiceHost {
  readonly #server: Server;
  readonly #chain: CallChain;

  constructor(server: Server, chain: CallChain) {
    this.#server = server;
    this.#chain = chain;
  }

  /** One request, one answer. */
  unary<Request, Response>(
    hosted: HostedMethod<Request, Response>,
    handle: (request: Request, running: RunningCall) => Promise<Response>,
  ): void {
    const { definition } = hosted;
    const { method, decode } = chained(hosted);
    const listener: handleUnaryCall<Decoded<Request>, Response> = (call, callback) => {
      void this.#chain
        .run(method, call, (running) => handle(decoded(call.request), running))
        .then((ended) => answer(callback, ended));
    };
    this.#server.register(definition.path, listener, definition.responseSerialize, decode, 'unary');
  }

  /** Many requests, one answer; the handler may answer before it has read them all. */
  upload<Request, Response>(
    hosted: HostedMethod<Request, Response>,
    handle: (requests: AsyncGenerator<Request, void>, running: RunningCall) => Promise<Response>,
  ): void {
    const { definition } = hosted;
    const { method, decode } = chained(hosted);
    const { idleMs } = this.#chain.times;
    const listener: handleClientStreamingCall<Decoded<Request>, Response> = (call, callback) => {
      limitReadAhead(call);
      void this.#chain
        .run(method, call, async (running) => {
          const received = receiveMessages<Decoded<Request>>(call, { signal: running.signal, idleMs });
          try {
            return await handle(decodedAll(received), running);
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
    hosted: HostedMethod<Request, Response> & { readonly definition: DownloadMethod<Request, Response> },
    handle: (request: Request, running: RunningCall) => AsyncIterable<Response>,
  ): void {
    const { definition } = hosted;
    const { method, decode } = chained(hosted);
    const { idleMs } = this.#chain.times;
    const listener: handleServerStreamingCall<Decoded<Request>, Buffer> = (call) => {
      void this.#chain
        .run(method, call, (running) =>
          sendMessages(call, handle(decoded(call.request), running), {
            signal: running.signal,
            idleMs,
            encode: definition.responseSerialize,
          }),
        )
        .then((ended) => {
          if ('status' in ended && !call.cancelled) call.emit('error', ended.status);
          resetWhenStalled(call, idleMs);
        });
    };
    this.#server.register(definition.path, listener, asEncoded, decode, 'serverStream');
  }
}

function chained<Request, Response>({
  definition,
  grant,
}: HostedMethod<Request, Response>): {
  method: ChainedMethod;
  decode: (bytes: Buffer) => Decoded<Request>;
} {
  const name = definition.path.slice(definition.path.lastIndexOf('/') + 1);
  const isStream = definition.requestStream || definition.responseStream;
  return {
    method: { ...grant, name, isStream },
    decode: guardedDecoder(name, grant.rules, definition.requestDeserialize),
  };
}

function answer<T>(callback: sendUnaryData<T>, ended: Ended<T>): void {
  if ('status' in ended) callback(ended.status);
  else callback(null, ended.value);
}

async function* decodedAll<T>(messages: AsyncIterable<Decoded<T>>): AsyncGenerator<T, void> {
  for await (const message of messages) yield decoded(message);
}

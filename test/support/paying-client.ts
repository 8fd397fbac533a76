import {
  Client,
  type ClientReadableStream,
  credentials,
  type MethodDefinition,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

/** How a call ended: its answers, its error, and what came behind them. */
export interface Called<Response> {
  readonly answers: readonly Response[];
  readonly error: ServiceError | undefined;
  readonly trailers: Metadata;
}

/** Headers of a payment as a client writes them, made without the code that reads them. */
export function payingHeaders(payment: {
  readonly id: bigint;
  readonly nonce?: bigint;
  readonly amount: bigint;
  readonly signature?: Uint8Array;
}): Metadata {
  const headers = new Metadata();
  headers.set('snet-payment-type', 'escrow');
  headers.set('snet-payment-channel-id', `${payment.id}`);
  headers.set('snet-payment-channel-nonce', `${payment.nonce ?? 0n}`);
  headers.set('snet-payment-channel-amount', `${payment.amount}`);
  headers.set(
    'snet-payment-channel-signature-bin',
    Buffer.from(payment.signature ?? new Uint8Array(65).fill(1)),
  );
  return headers;
}

/** Makes calls with any headers; knows nothing of channels. */
export class PayingClient implements Disposable {
  readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  }

  unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    headers = new Metadata(),
  ): Promise<Called<Response>> {
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve) => {
      let trailers = new Metadata();
      const call = this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        headers,
        { deadline: Date.now() + 30_000 },
        (error, answer) => {
          const answers = answer === undefined ? [] : [answer];
          setImmediate(() => resolve({ answers, error: error ?? undefined, trailers }));
        },
      );
      call.on('status', (status) => {
        trailers = status.metadata;
      });
    });
  }

  /** Sends all messages; leaves the call open when asked to. */
  upload<Request, Response>(
    method: MethodDefinition<Request, Response>,
    messages: readonly Request[],
    { headers = new Metadata(), isLeftOpen = false }: { headers?: Metadata; isLeftOpen?: boolean } = {},
  ): { readonly ended: Promise<Called<Response>>; cancel(): void; end(): void } {
    const { path, requestSerialize, responseDeserialize } = method;
    let cancel = (): void => undefined;
    let end = cancel;
    const ended = new Promise<Called<Response>>((resolve) => {
      const call = this.client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        headers,
        { deadline: Date.now() + 30_000 },
        (error, answer) => {
          const answers = answer === undefined ? [] : [answer];
          resolve({ answers, error: error ?? undefined, trailers: error?.metadata ?? new Metadata() });
        },
      );
      cancel = () => call.cancel();
      end = () => call.end();
      for (const message of messages) call.write(message);
      if (!isLeftOpen) call.end();
    });
    return { ended, cancel, end };
  }

  /** Starts a download; who reads it decides what becomes of it. */
  download<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    headers = new Metadata(),
  ): ClientReadableStream<Response> {
    const { path, requestSerialize, responseDeserialize } = method;
    return this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      headers,
      { deadline: Date.now() + 30_000 },
    );
  }

  /** A download, read to its end. */
  whole<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    headers = new Metadata(),
  ): Promise<Called<Response>> {
    return new Promise((resolve) => {
      const call = this.download(method, request, headers);
      const answers: Response[] = [];
      call.on('data', (answer: Response) => void answers.push(answer));
      call.on('error', (error: ServiceError) => resolve({ answers, error, trailers: error.metadata }));
      call.on('end', () => resolve({ answers, error: undefined, trailers: new Metadata() }));
    });
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

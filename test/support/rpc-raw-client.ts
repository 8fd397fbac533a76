import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { fromStatus, TRAILERS } from '../../src/rpc/error-map.ts';
import type { ProvenderError } from '../../src/content/provender-error.ts';

const asIs = (bytes: Buffer): Buffer => bytes;

/** How a raw call ended. */
export interface RawEnd {
  readonly error: ProvenderError | undefined;
  /** Whether the trailers of the error map were there. */
  readonly isOurs: boolean;
  readonly answer: Buffer | undefined;
}

/** A gRPC client that sends any bytes to any method, as nobody with good intentions would. */
export class RawClient implements Disposable {
  readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  }

  /** Calls `provender.v1.<method>` with one message. */
  unary(method: string, bytes: Uint8Array, deadline = Date.now() + 20_000): Promise<RawEnd> {
    return new Promise((resolve) => {
      this.client.makeUnaryRequest(
        `/provender.v1.${method}`,
        asIs,
        asIs,
        Buffer.from(bytes),
        new Metadata(),
        { deadline },
        (error, answer) => resolve(ended(error, answer)),
      );
    });
  }

  /** Calls with many messages, and leaves the call open when asked to. */
  upload(method: string, messages: readonly Uint8Array[], isLeftOpen = false): Promise<RawEnd> {
    return new Promise((resolve) => {
      const call = this.client.makeClientStreamRequest(
        `/provender.v1.${method}`,
        asIs,
        asIs,
        new Metadata(),
        { deadline: Date.now() + 20_000 },
        (error, answer) => resolve(ended(error, answer)),
      );
      for (const message of messages) call.write(Buffer.from(message));
      if (!isLeftOpen) call.end();
    });
  }

  /** Calls a method that answers with many messages; resolves at the end. */
  download(method: string, bytes: Uint8Array): Promise<RawEnd> {
    return new Promise((resolve) => {
      const call = this.client.makeServerStreamRequest(
        `/provender.v1.${method}`,
        asIs,
        asIs,
        Buffer.from(bytes),
      );
      call.on('data', () => undefined);
      call.on('error', (error: ServiceError) => resolve(ended(error, undefined)));
      call.on('end', () => resolve(ended(null, undefined)));
    });
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

function ended(error: ServiceError | null, answer: Buffer | undefined): RawEnd {
  if (error === null) return { error: undefined, isOurs: false, answer };
  return { error: fromStatus(error), isOurs: error.metadata.get(TRAILERS.code).length === 1, answer };
}

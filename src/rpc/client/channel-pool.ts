import { type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { ProvenderError } from '../../content/provender-error.ts';
import { MAX_MESSAGE } from '../methods.ts';
import { type ClientTls, TlsCredentials } from './tls-credentials.ts';

/** A channel while a call uses it. */
export interface Lease {
  readonly client: Client;
  /** Says how to end the call, for the case that the pool closes. */
  onClose(cancel: () => void): void;
  /** The call has ended. Idempotent. */
  release(): void;
}

/** Bytes that a node may send ahead on each stream. @see spec/grpc.md, section 3 */
const WINDOW = 1024 * 1024;

const CHANNEL_OPTIONS: ChannelOptions = {
  // without it all channels to one address share one connection
  'grpc.use_local_subchannel_pool': 1,
  'grpc-node.flow_control_window': WINDOW,
  'grpc.max_receive_message_length': MAX_MESSAGE,
  'grpc.max_send_message_length': MAX_MESSAGE,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // retries are ours: grpc-js knows neither our codes nor which calls are reads
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 5000,
  'grpc.enable_channelz': 0,
};

interface Slot {
  readonly client: Client;
  outstanding: number;
}

/** Several connections to one node; each call takes the one with the fewest calls. States: open, closing, closed. */
export class ChannelPool {
  readonly isTls: boolean;
  readonly #slots: readonly Slot[];
  readonly #running = new Set<{ cancel: () => void }>();
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  /** @throws ProvenderError `PROVENDER_CONFIG` for certificates that are no good */
  constructor(address: string, channels: number, tls: ClientTls | undefined) {
    this.isTls = tls !== undefined;
    const security = tls === undefined ? credentials.createInsecure() : new TlsCredentials(address, tls);
    this.#slots = Array.from({ length: channels }, () => ({
      client: new Client(address, security, CHANNEL_OPTIONS),
      outstanding: 0,
    }));
  }

  /** Refuses calls. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws ProvenderError `PROVENDER_CLOSED` */
  take(): Lease {
    const [first, ...others] = this.#slots;
    if (this.#isClosed || first === undefined) throw closed();
    let slot = first;
    for (const other of others) if (other.outstanding < slot.outstanding) slot = other;
    slot.outstanding++;
    const running = { cancel: (): void => undefined };
    this.#running.add(running);
    return {
      client: slot.client,
      onClose: (cancel) => {
        running.cancel = cancel;
      },
      release: () => {
        if (!this.#running.delete(running)) return;
        slot.outstanding--;
        if (this.#running.size === 0) this.#onIdle?.();
      },
    };
  }

  /** Refuses new calls, waits for running ones up to `graceMs`, cancels the rest, closes the connections. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const { cancel } of this.#running) cancel();
    for (const { client } of this.#slots) client.close();
  }
}

/** What a closed client answers. */
export function closed(): ProvenderError {
  return new ProvenderError('PROVENDER_CLOSED', 'the client is closed: open another one');
}

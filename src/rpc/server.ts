import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import type { Scrub } from '../shares/scrub/scrub.ts';
import type { Shares } from '../shares/shares.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { CallChain } from './call-chain.ts';
import { addEscrowServices } from './escrow-services.ts';
import { addFileService } from './file-service.ts';
import { addHealthService } from './health-service.ts';
import { type ConnectionSource, openConnectionSource, type ServerTls } from './connection-source.ts';
import type { ListenAddress } from './listener.ts';
import { MAX_MESSAGE } from './methods.ts';
import type { NetworkServices } from './network-services.ts';
import { operatorRule, type Peer } from './operators.ts';
import type { PaymentServices } from './payment-services.ts';
import { PaymentStep } from './payment-step.ts';
import { addPlacementService } from './placement-service.ts';
import type { PlacedFiles } from './placed-files.ts';
import { addPriceService } from './price-service.ts';
import { addReflection } from './reflection.ts';
import { addRegistryService } from './registry-service.ts';
import { addRoundService } from './round-service.ts';
import { checkGrpcVersion, createInjectorWithWindows } from './server-window.ts';
import { addScrubService } from './scrub-service.ts';
import { ServiceHost } from './service-host.ts';
import { addShareService } from './share-service.ts';

/** Bounds of a server. Memory stays below `maxConnections` × 8 MiB of windows + `maxBytesInFlight`. @see spec/grpc.md, section 3 */
interface ServerLimits {
  /** Calls that run at once. Default 1024. */
  readonly maxCalls: number;
  /** Content bytes that they may hold. Default 256 MiB. */
  readonly maxBytesInFlight: number;
  /** Default 128. */
  readonly maxConnections: number;
  /** Of one connection. Default 256. */
  readonly maxConcurrentStreams: number;
  /** Milliseconds that a unary call may take. Default 60 s. */
  readonly unaryMs: number;
  /** Milliseconds that a stream may stand still. Default 30 s. */
  readonly idleMs: number;
  /** Milliseconds that a TLS handshake may take. Default 10 s. */
  readonly handshakeMs: number;
}

/** How a server ends, in milliseconds. */
interface DrainTimes {
  /** Between "not ready" and refusing calls, so that probes notice. Default 0. */
  readonly delayMs: number;
  /** For running calls to finish. Default 10 s. */
  readonly graceMs: number;
}

export interface ServerOptions {
  readonly shares: Shares;
  /** Without one there is no ScrubService. */
  readonly scrub?: Scrub;
  /** Files that storers of the network hold; without it this node belongs to none. */
  readonly placement?: PlacedFiles;
  /** What it does in its network; without it the services of networks say that it stands alone. */
  readonly network?: NetworkServices;
  /** Takes payments for calls; without it they cost nothing, and headers of payments are ignored. */
  readonly payments?: PaymentServices;
  readonly telemetry: Telemetry;
  readonly listen: ListenAddress;
  /** Plain text when absent. */
  readonly tls?: ServerTls;
  readonly limits?: Partial<ServerLimits>;
  readonly drain?: Partial<DrainTimes>;
  /** Who may remove and list; this machine when absent. */
  readonly isOperator?: (peer: Peer) => boolean;
  /** Default true. */
  readonly reflection?: boolean;
}

const DEFAULT_LIMITS: ServerLimits = {
  maxCalls: 1024,
  maxBytesInFlight: 256 * 1024 * 1024,
  maxConnections: 128,
  maxConcurrentStreams: 256,
  unaryMs: 60_000,
  idleMs: 30_000,
  handshakeMs: 10_000,
};
const DEFAULT_DRAIN: DrainTimes = { delayMs: 0, graceMs: 10_000 };
/** Connections live this long, so that load spreads after scaling. @see spec/grpc.md, section 4 */
const MAX_CONNECTION_AGE_MS = 30 * 60_000;
/** For aborted calls to tell their callers, and for connections to close after their last call. */
const FAREWELL_MS = 1000;

/**
 * The gRPC face of a node. States: open (from `open`), draining, closed.
 * It owns its port and connections; the shares service and the telemetry belong to the caller.
 */
export class ProvenderServer implements AsyncDisposable {
  /** `host:port` as bound. */
  readonly address: string;
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #chain: CallChain;
  readonly #source: ConnectionSource;
  readonly #injector: ConnectionInjector;
  readonly #ended: AbortController;
  readonly #hurry = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor(parts: {
    options: ServerOptions;
    server: Server;
    chain: CallChain;
    source: ConnectionSource;
    injector: ConnectionInjector;
    ended: AbortController;
  }) {
    this.#options = parts.options;
    this.#server = parts.server;
    this.#chain = parts.chain;
    this.#source = parts.source;
    this.#injector = parts.injector;
    this.#ended = parts.ended;
    this.address = parts.source.address;
  }

  /**
   * Starts to serve.
   * @throws ProvenderError `PROVENDER_CONFIG` for a port in use, a wrong address, plain text beyond loopback, certificates that are no good, an
   * unknown grpc-js
   */
  static async open(options: ServerOptions): Promise<ProvenderServer> {
    checkGrpcVersion();
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const chain = new CallChain({
      telemetry: options.telemetry,
      limits,
      times: limits,
      isOperator: options.isOperator ?? operatorRule([]),
    });
    const ended = new AbortController();
    const server = makeServer(options, limits, chain, ended.signal);
    const injector = createInjectorWithWindows(server, ServerCredentials.createInsecure());
    try {
      const source = await openConnectionSource({ ...options, ...limits }, (socket) =>
        injector.injectConnection(socket),
      );
      return new ProvenderServer({ options, server, chain, source, injector, ended });
    } catch (error) {
      server.forceShutdown();
      throw error;
    }
  }

  /** Calls that run now; for metrics and tests. */
  get runningCalls(): number {
    return this.#chain.admission.calls;
  }

  /**
   * Ends: not ready -> `delayMs` -> refuse new calls -> running ones finish within `graceMs` -> the rest get UNAVAILABLE -> connections close.
   * Idempotent; a call with `force` cuts the waits of one that runs.
   */
  close({ force = false }: { force?: boolean } = {}): Promise<void> {
    if (force) this.#hurry.abort();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { delayMs, graceMs } = { ...DEFAULT_DRAIN, ...this.#options.drain };
    this.#options.telemetry.health.setDraining();
    await this.#wait(delayMs);
    this.#source.stop();
    const drained = this.#chain.drain();
    this.#ended.abort();
    // GOAWAY: clients open no more streams here, and leave when theirs have ended
    this.#injector.drain(graceMs + 2 * FAREWELL_MS);
    await this.#wait(graceMs, drained);
    this.#chain.abortAll();
    await this.#wait(FAREWELL_MS, drained);
    const shut = new Promise<void>((resolve) => {
      this.#server.tryShutdown(() => resolve());
    });
    await this.#wait(FAREWELL_MS, shut);
    this.#server.forceShutdown();
    this.#source.cut();
  }

  /** Sleeps for `ms`, until `until`, or until somebody is in a hurry. */
  async #wait(ms: number, until?: Promise<void>): Promise<void> {
    const { signal } = this.#hurry;
    if (ms === 0 || signal.aborted) return;
    let stop = (): void => undefined;
    const slept = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const end = (): void => resolve();
      signal.addEventListener('abort', end);
      stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
      };
    });
    await (until === undefined ? slept : Promise.race([slept, until]));
    stop();
  }
}

function makeServer(
  options: ServerOptions,
  limits: ServerLimits,
  chain: CallChain,
  ended: AbortSignal,
): Server {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE,
    'grpc.max_send_message_length': MAX_MESSAGE,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    'grpc.max_connection_age_ms': MAX_CONNECTION_AGE_MS,
    'grpc.enable_channelz': 0,
  });
  const { payments } = options;
  const host = new ServiceHost(server, chain, payments && new PaymentStep(payments));
  addShareService(host, options.shares);
  addFileService(host, options);
  if (options.scrub !== undefined) addScrubService(host, options.scrub, ended);
  const serving = { ...(options.network !== undefined && { network: options.network }), ended };
  addRoundService(host, serving);
  addRegistryService(host, options.network);
  addPlacementService(host, serving);
  addPriceService(host, options);
  addEscrowServices(host, payments);
  addHealthService(server, options.telemetry.health, ended);
  if (options.reflection ?? true) addReflection(server);
  return server;
}

import type { Logger } from 'pino';
import { HASH_SIZE } from '../content/geometry.ts';
import { parseObjectId } from '../content/object-id.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { kernelInfo } from '../proof/kernels.ts';
import { parseProfile } from '../proof/profile.ts';
import { operatorRule } from '../rpc/operators.ts';
import type { PaymentServices } from '../rpc/payment-services.ts';
import { ProvenderServer, type ServerOptions } from '../rpc/server.ts';
import type { Shares, SharesEvents } from '../shares/shares.ts';
import type { Scrubber } from '../shares/scrub/scrubber.ts';
import { SEGMENT_SLAB_SIZE } from '../shares/memory/segment-buffers.ts';
import { StoredShares } from '../shares/stored-shares.ts';
import { Health } from '../telemetry/health.ts';
import { HttpEndpoint } from '../telemetry/http-endpoint.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ProofWorkers } from '../workers/proof-workers.ts';
import { DataDirectory } from './data-directory.ts';
import { afterGrace } from './grace.ts';
import type { NetworkParts, OpenedNetwork } from './network/open-network.ts';
import { readGenesis } from './network/read-genesis.ts';
import { openScrubber } from './open-scrubber.ts';
import { Opened } from './opened.ts';
import type { PaymentContext } from './payments/open-payments.ts';
import type { PaymentPlace } from './payments/payment-place.ts';
import type { NodeConfig } from './settings.ts';
import { StateStores } from './state-stores.ts';
import { dataPlace, openStore } from './store-adapters.ts';
import { serverTls } from './tls-settings.ts';
import { formatAddress } from './units.ts';

/** A node that belongs to no network. @see proof-of-replication.md, section 8 */
const ALONE = new Uint8Array(HASH_SIZE);
/** What a store of a cluster that does not answer gets at the end; one that answers needs less than a second. */
const STORE_GRACE_MS = 5000;
/** Longer than any grace that can be configured: only the hurry cuts. */
const NEVER_MS = 2 ** 31 - 1;
/** An id that no object has. */
const NO_OBJECT = parseObjectId(new Uint8Array(HASH_SIZE));

/** What a running node is, for whoever started it. */
export interface NodeFacts {
  /** Absolute path. */
  readonly dataDir: string;
  readonly isFirstStart: boolean;
  readonly store: string;
  readonly limitBytes: number;
  /** 64 hex digits. */
  readonly storerPK: string;
  /** Name of the network that it belongs to; absent at a node that stands alone. */
  readonly network?: string;
  /** `host:port` of gRPC, as bound. */
  readonly address: string;
  /** Whether gRPC is served by TLS; else in plain text. */
  readonly isTls: boolean;
  /** `host:port` of HTTP, as bound. */
  readonly httpAddress: string;
  /** Hash path, as `kernelInfo` names it. */
  readonly kernel: string;
}

/**
 * One node: the composition root, the only place that constructs adapters.
 * States: open (from `open`), closing, closed. What `open` had opened when it fails is closed again.
 */
export class ProvenderNode implements AsyncDisposable {
  readonly facts: NodeFacts;
  readonly #log: Logger;
  readonly #opened: Opened;
  readonly #server: ProvenderServer;
  #closing: Promise<void> | undefined;

  private constructor(parts: { facts: NodeFacts; log: Logger; opened: Opened; server: ProvenderServer }) {
    this.facts = parts.facts;
    this.#log = parts.log;
    this.#opened = parts.opened;
    this.#server = parts.server;
  }

  /**
   * Starts a node: directory and key, probes, workers, store, shares, gRPC; ready at the end.
   * @throws ProvenderError `PROVENDER_CONFIG` and what the parts throw
   */
  static async open(config: NodeConfig, log: Logger): Promise<ProvenderNode> {
    const opened = new Opened();
    try {
      return new ProvenderNode({ log, opened, ...(await openParts(config, log, opened)) });
    } catch (error) {
      opened.hurry();
      await opened.close();
      throw error;
    }
  }

  /**
   * Ends the node: not ready, running calls finish within their grace, then everything closes in reverse order. Idempotent;
   * `force` cuts the waits of a close that runs.
   */
  close({ force = false }: { force?: boolean } = {}): Promise<void> {
    if (force) this.#opened.hurry();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#log.info(
      { event: 'draining', runningCalls: this.#server.runningCalls },
      'the node is shutting down',
    );
    await this.#opened.close();
    this.#log.info({ event: 'stopped' }, 'the node has stopped');
  }
}

async function openParts(
  config: NodeConfig,
  log: Logger,
  opened: Opened,
): Promise<{ facts: NodeFacts; server: ProvenderServer }> {
  const genesis = config.network === undefined ? undefined : await readGenesis(config.network);
  const networkId = genesis?.networkId ?? ALONE;
  const directory = await openDirectory(config, { networkId, log, opened });
  const telemetry = openTelemetry(log, opened);
  const http = opened.add(await HttpEndpoint.open({ ...config.httpListen, telemetry }), (part) =>
    part.close(),
  );
  const hasher = opened.add(await ProofWorkers.open({ threads: config.hashThreads }), (part) => part.close());
  const stores = new StateStores({ config, dataDir: directory.path, opened, telemetry });
  const place = config.paymentsMode === 'off' ? undefined : await findPaymentPlace(config, stores);
  const marks = place && { marks: place.marks };
  const { store, limitBytes } = await openStore({ config, directory, networkId, telemetry, ...marks });
  opened.add(store, (part, hurry) => closeStore(part, hurry));
  const parts = { config, opened, directory, hasher, telemetry };
  const shares = await openShares({ ...parts, networkId, store, limitBytes });
  watch(shares, telemetry);
  const owner = { storerKey: directory.signer.publicKey, networkId };
  const dataDir = directory.path;
  const scrub = opened.add(
    await openScrubber({ config, dataDir, store, shares, owner, hasher, telemetry }),
    (part, hurry) => closeScrubber(part, store, hurry),
  );
  const joined = genesis === undefined ? {} : await joinNetwork({ ...parts, stores, genesis, shares });
  const paid = place && { payments: await takePayments({ config, place, shares, opened, telemetry }) };
  const server = opened.add(
    await openServer(config, { shares, scrub, ...joined, ...paid }, telemetry),
    (part, hurry) => closeServer(part, hurry),
  );
  const facts: NodeFacts = {
    dataDir,
    isFirstStart: directory.isFirstStart,
    store: store.adapter,
    limitBytes,
    storerPK: directory.format.storerPK,
    ...(genesis !== undefined && { network: genesis.name }),
    address: server.address,
    isTls: config.tlsCert !== undefined,
    httpAddress: formatAddress({ host: config.httpListen.host, port: http.port }),
    kernel: kernelInfo().path,
  };
  log.info({ event: 'started', ...facts }, 'the node is up');
  // behind that line: whoever waits for "ready" then knows the addresses
  telemetry.health.setStarted();
  return { facts, server };
}

async function openDirectory(
  config: NodeConfig,
  { networkId, log, opened }: { networkId: Uint8Array; log: Logger; opened: Opened },
): Promise<DataDirectory> {
  const directory = opened.add(
    await DataDirectory.open({
      directory: config.dataDir,
      adapter: config.store,
      networkId,
      place: dataPlace(config),
    }),
    (part) => part.close(),
  );
  for (const warning of directory.warnings) log.warn({ event: 'directory-warning' }, warning);
  return directory;
}

interface SharesParts {
  readonly config: NodeConfig;
  readonly opened: Opened;
  readonly directory: DataDirectory;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly store: ObjectStore;
  readonly limitBytes: number;
  readonly hasher: ProofWorkers;
  readonly telemetry: Telemetry;
}

async function openShares(parts: SharesParts): Promise<StoredShares> {
  const { config, opened, directory, networkId, store, limitBytes, hasher, telemetry } = parts;
  return opened.add(
    await StoredShares.open({
      store,
      signer: directory.signer,
      networkId,
      limitBytes,
      hasher,
      coder: hasher,
      profiles: { chunks: parseProfile(config.profileChunks), files: parseProfile(config.profileFiles) },
      segmentBytes: (config.segments ?? config.hashThreads) * SEGMENT_SLAB_SIZE,
      bufferBytes: config.setBufferSize,
      readBufferBytes: config.getBufferSize,
      treeCacheBytes: config.treeCacheSize,
      events: eventsOf(telemetry),
    }),
    (part, hurry) => closeShares(part, store, hurry),
  );
}

/** Loaded here: a node that stands alone needs none of it. */
async function joinNetwork(parts: NetworkParts): Promise<OpenedNetwork> {
  const { openNetwork } = await import('./network/open-network.ts');
  return await openNetwork(parts);
}

/** Loaded here, as the next: a node whose calls cost nothing needs none of it. */
async function findPaymentPlace(config: NodeConfig, stores: StateStores): Promise<PaymentPlace> {
  const { openPaymentPlace } = await import('./payments/payment-place.ts');
  return await openPaymentPlace(config, stores);
}

async function takePayments(context: PaymentContext): Promise<PaymentServices> {
  const { openPayments } = await import('./payments/open-payments.ts');
  return await openPayments(context);
}

async function closeServer(server: ProvenderServer, hurry: AbortSignal): Promise<void> {
  using _ = afterGrace(NEVER_MS, hurry, () => void server.close({ force: true }));
  await server.close();
}

/** It ends with the read that runs, which a store that hangs may never answer. */
async function closeScrubber(scrub: Scrubber, store: ObjectStore, hurry: AbortSignal): Promise<void> {
  using _ = afterGrace(STORE_GRACE_MS, hurry, () => void store.close({ graceMs: 0 }));
  await scrub.close();
}

/** The server has ended or aborted every call by now; one that still waits for the store waits until the store gives it up. */
async function closeShares(shares: StoredShares, store: ObjectStore, hurry: AbortSignal): Promise<void> {
  using _ = afterGrace(STORE_GRACE_MS, hurry, () => void store.close({ graceMs: 0 }));
  await shares.close({ graceMs: 0 });
}

async function closeStore(store: ObjectStore, hurry: AbortSignal): Promise<void> {
  using _ = afterGrace(NEVER_MS, hurry, () => void store.close({ graceMs: 0 }));
  await store.close({ graceMs: STORE_GRACE_MS });
}

function openTelemetry(log: Logger, opened: Opened): Telemetry {
  const health = opened.add(new Health(), async (part) => part.close());
  const metrics = new Metrics();
  metrics.watchReady(() => health.readiness().ready);
  health.onChange(({ ready, reasons }) => {
    if (ready) log.info({ event: 'ready' }, 'the node takes work');
    else log[health.isDraining ? 'info' : 'warn']({ event: 'not-ready', reasons }, 'the node takes no work');
  });
  return { log, metrics, health };
}

/** Health asks the store for a real answer: one that hangs or fails makes the node unready. */
function watch(shares: Shares, { health, metrics }: Telemetry): void {
  health.addCheck('store', async () => {
    // a look-up costs the same however much is held; a list does not
    const [item] = await shares.getShares([NO_OBJECT]);
    if (item !== undefined && 'error' in item && item.error.code !== 'PROVENDER_NOT_FOUND') throw item.error;
    const { writable, reason } = shares.health();
    if (!writable) throw new Error(reason ?? 'takes no writes');
  });
  metrics.watchUsage(() => shares.usage());
}

function eventsOf({ log, metrics }: Telemetry): SharesEvents {
  return {
    corrupt: (event) => {
      metrics.corruptBlock();
      log.error({ event: 'corrupt', ...event }, 'stored bytes failed their check; see docs/operations.md');
    },
  };
}

async function openServer(
  config: NodeConfig,
  services: Pick<ServerOptions, 'shares' | 'scrub' | 'network' | 'placement' | 'payments'>,
  telemetry: Telemetry,
): Promise<ProvenderServer> {
  const { maxCalls, maxBytesInFlight, maxConnections } = config;
  const tls = serverTls(config);
  return await ProvenderServer.open({
    ...services,
    telemetry,
    listen: { ...config.listen, insecure: config.insecure },
    ...(tls === undefined ? {} : { tls }),
    isOperator: operatorRule(config.operators ?? []),
    limits: { maxCalls, maxBytesInFlight, maxConnections },
    drain: { delayMs: config.drainDelay, graceMs: config.grace },
    reflection: config.reflection,
  });
}

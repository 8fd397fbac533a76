import { letHeapGrow } from '../../src/node/heap-growth.ts';
import { ProvenderNode } from '../../src/node/node.ts';
import { type NodeConfig, SETTINGS } from '../../src/node/settings.ts';
import { ProvenderServer } from '../../src/rpc/server.ts';
import { StoredShares } from '../../src/shares/stored-shares.ts';
import { Health } from '../../src/telemetry/health.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';
import { serveCommands } from '../framework/commands.ts';
import type { MemorySettings } from './memory-bound.ts';
import { openStore, type OpenedPlace } from './open-store.ts';
import { makeSigner } from './signer.ts';

const FREE_PORT = '127.0.0.1:0';
const MEMORY_LIMIT = 2 ** 34;
/** Lines are made as in production and go nowhere. */
const log = createLog({ level: 'info', destination: { write: () => undefined } });

let close: (() => Promise<void>) | undefined;

/** A node as `provender serve` makes it, with its defaults but the ports. */
async function openNode(config: NodeConfig): Promise<string> {
  const node = await ProvenderNode.open(config, log);
  close = () => node.close();
  return node.facts.address;
}

/** The same parts over a store in memory, which the composition root does not know. */
async function openMemoryNode(config: NodeConfig): Promise<string> {
  const telemetry = { log, metrics: new Metrics(), health: new Health() };
  const hasher = await ProofWorkers.open({ threads: config.hashThreads });
  const shares = await StoredShares.open({
    store: await openStore({ store: 'memory', directory: '' }),
    signer: makeSigner(),
    limitBytes: MEMORY_LIMIT,
    hasher,
    bufferBytes: config.setBufferSize,
    readBufferBytes: config.getBufferSize,
    treeCacheBytes: config.treeCacheSize,
  });
  const { maxCalls, maxBytesInFlight, maxConnections } = config;
  const server = await ProvenderServer.open({
    shares,
    telemetry,
    listen: config.listen,
    limits: { maxCalls, maxBytesInFlight, maxConnections },
  });
  telemetry.health.setStarted();
  close = async () => {
    await server.close();
    await shares.close();
    await hasher.close();
    telemetry.health.close();
  };
  return server.address;
}

/** Settings that bound the memory of a node, with the defaults that a benchmark runs. */
function memorySettings(): MemorySettings {
  const { hashThreads, maxBytesInFlight, setBufferSize, getBufferSize, treeCacheSize } = SETTINGS.parse({});
  return { hashThreads, maxBytesInFlight, setBufferSize, getBufferSize, treeCacheSize };
}

const commands = {
  memorySettings: async () => memorySettings(),
  /** Starts a node that keeps chunks and files in one profile; its address. */
  open: async ({ store, directory, rados, profile }: OpenedPlace & { profile: string }) => {
    const profiles = { profileChunks: profile, profileFiles: profile };
    const base = { dataDir: directory, listen: FREE_PORT, httpListen: FREE_PORT, ...profiles };
    if (store === 'memory') return openMemoryNode(SETTINGS.parse(base));
    const { confFile: cephConf, pool, namespace, user } = rados ?? {};
    return openNode(SETTINGS.parse({ ...base, store, cephConf, pool, namespace, user }));
  },
  close: async () => close?.(),
};

/** What this process can do. */
export type NodeCommands = typeof commands;

letHeapGrow(); // as the commands do
serveCommands(commands);

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ProvenderError } from '../../content/provender-error.ts';
import { Primary } from '../../placement/primary/primary.ts';
import { PlacedReader } from '../../placement/reading/placed-reader.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import { Storer } from '../../placement/storer/storer.ts';
import { parseProfile } from '../../proof/profile.ts';
import type { NetworkServices } from '../../rpc/network-services.ts';
import { GrpcHolderCalls } from '../../rpc/nodes/grpc-holder-calls.ts';
import { GrpcPrimaryCalls } from '../../rpc/nodes/grpc-primary-calls.ts';
import { GrpcStorerCalls } from '../../rpc/nodes/grpc-storer-calls.ts';
import { NodeChannels } from '../../rpc/nodes/node-channels.ts';
import type { PlacedFiles } from '../../rpc/placed-files.ts';
import type { Shares } from '../../shares/shares.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import type { ProofWorkers } from '../../workers/proof-workers.ts';
import { VrfWorkers } from '../../workers/vrf-workers.ts';
import type { DataDirectory } from '../data-directory.ts';
import type { Opened } from '../opened.ts';
import { SharesReplicaKeeper } from '../replica-keeper.ts';
import type { NodeConfig } from '../settings.ts';
import type { StateStores } from '../state-stores.ts';
import { Stage } from '../stage/stage.ts';
import { formatAddress } from '../units.ts';
import { ChainView } from './chain-view.ts';
import { NetworkFiles, type PlacingParts } from './network-files.ts';
import { type OpenedLog, openRoundLog } from './open-round-log.ts';
import { peerTls } from './peer-tls.ts';
import { primaryEvents, readingEvents, storerEvents } from './placement-events.ts';
import { checkPrimary } from './read-genesis.ts';
import { systemClock } from '../system-clock.ts';
import { loadVrfSecret, type VrfSecret } from './vrf-secret.ts';

/** What a node brings to its network. */
export interface NetworkParts {
  readonly config: NodeConfig;
  readonly genesis: Genesis;
  readonly directory: DataDirectory;
  readonly shares: Shares;
  readonly hasher: ProofWorkers;
  readonly stores: StateStores;
  readonly telemetry: Telemetry;
  /** Gets what is opened. */
  readonly opened: Opened;
}

/** What a node of a network serves. */
export interface OpenedNetwork {
  readonly network: NetworkServices;
  readonly placement: PlacedFiles;
}

interface SharedParts extends NetworkParts, OpenedLog {
  readonly channels: NodeChannels;
  readonly state: StateStore;
  readonly vrf: VrfWorkers;
  readonly vrfKey: Uint8Array;
}

/**
 * Takes a node's place in its network: the log of rounds, the lottery, and with `--primary` the files of users.
 * @throws ProvenderError `PROVENDER_CONFIG` when the genesis does not name a primary, or a key is missing; what the parts throw
 */
export async function openNetwork(parts: NetworkParts): Promise<OpenedNetwork> {
  const { config, genesis, directory, opened, telemetry } = parts;
  const { signer } = directory;
  if (config.primary) checkPrimary(genesis, signer.publicKey);
  const secret = await loadVrfSecret(directory.path);
  const tls = await peerTls(config);
  const channels = opened.add(new NodeChannels(tls === undefined ? {} : { tls }), (part) => part.close());
  const state = await parts.stores.own();
  const vrf = opened.add(await openVrf(secret), (part) => part.close());
  const own = { channels, state, vrf, vrfKey: secret.publicKey };
  const rounds = await openRoundLog({ ...parts, ...own, signer, isPrimary: config.primary });
  const shared: SharedParts = { ...parts, ...rounds, ...own };
  const view = new ChainView({
    ...rounds,
    genesis,
    storerKey: signer.publicKey,
    isPrimary: config.primary,
  });
  watchRounds(rounds, telemetry);
  if (rounds.chain.registry.node(signer.publicKey) === undefined) {
    const cure = 'it follows the rounds, and claims nothing before it is registered';
    telemetry.log.warn(
      { event: 'not-registered' },
      `this node is not registered in ${genesis.name}: ${cure}`,
    );
  }
  const placing = config.primary ? await openPrimary(shared) : undefined;
  const storer = await openStorer(shared);
  const roles = { storer, ...(placing && { primary: placing.primary }) };
  return {
    network: { log: rounds.log, view, ...roles },
    placement: networkFiles(shared, placing),
  };
}

async function openVrf({ secretKey }: VrfSecret): Promise<VrfWorkers> {
  try {
    return await VrfWorkers.open({ secretKey, threads: 1 });
  } finally {
    secretKey.fill(0);
  }
}

async function openPrimary(shared: SharedParts): Promise<PlacingParts> {
  const { config, genesis, directory, opened, telemetry, channels, state, vrf, log, chain } = shared;
  const { signer } = directory;
  const stage = opened.add(
    await Stage.open({
      directory: join(directory.path, 'stage'),
      limitBytes: config.stageLimit,
      hasher: shared.hasher,
    }),
    (part) => part.close(),
  );
  const node = chain.registry.node(signer.publicKey);
  if (node === undefined)
    throw new ProvenderError('PROVENDER_INTERNAL', 'a primary of the genesis is not registered');
  const primary = opened.add(
    await Primary.open({
      genesis,
      log,
      chain,
      state,
      vrf,
      signer,
      storers: new GrpcStorerCalls(channels),
      owner: node.owner,
      address: formatAddress(config.advertise ?? { host: node.host, port: node.grpcPort }),
      clock: systemClock,
      random: (length) => new Uint8Array(randomBytes(length)),
      events: primaryEvents(telemetry),
    }),
    (part) => part.close(),
  );
  return { primary, stage };
}

function networkFiles(shared: SharedParts, placing: PlacingParts | undefined): NetworkFiles {
  const { config, genesis, log, chain, channels, hasher, telemetry } = shared;
  const reader = new PlacedReader({
    calls: new GrpcHolderCalls(channels),
    clock: systemClock,
    hasher,
    events: readingEvents(telemetry),
  });
  const profile = parseProfile(config.profileFiles);
  return new NetworkFiles({ genesis, log, chain, ...(placing && { placing }), reader, profile });
}

async function openStorer(shared: SharedParts): Promise<Storer> {
  const { config, genesis, directory, shares, opened, telemetry, channels, state, vrf, log, chain } = shared;
  return opened.add(
    await Storer.open({
      genesis,
      log,
      state,
      vrf,
      registry: chain.registry,
      signer: directory.signer,
      vrfKey: shared.vrfKey,
      primaries: new GrpcPrimaryCalls(channels),
      keeper: new SharesReplicaKeeper(shares),
      clock: systemClock,
      events: storerEvents(telemetry),
      assignments: config.maxAssignments,
    }),
    (part) => part.close(),
  );
}

/** A log that forks makes the node unready: what it would claim and sign is worth nothing. */
function watchRounds({ log, chain }: OpenedLog, { health, metrics }: Telemetry): void {
  metrics.placement.watchRounds(() => ({
    head: chain.head.number,
    unixMs: chain.head.unixMs,
    isFaulty: log.fault() !== undefined,
  }));
  health.addCheck('rounds', () => {
    const fault = log.fault();
    return fault === undefined
      ? Promise.resolve()
      : Promise.reject(new ProvenderError('PROVENDER_CORRUPT', fault));
  });
}

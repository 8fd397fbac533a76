import { compareBytes } from '../../content/object-id.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import type { Chain } from '../../placement/rounds/chain.ts';
import { FollowingRoundLog } from '../../placement/rounds/following-round-log.ts';
import { Proposer } from '../../placement/rounds/proposer.ts';
import type { RoundEvents } from '../../placement/rounds/round-events.ts';
import type { RoundLog } from '../../placement/rounds/round-log.ts';
import type { RoundSource } from '../../placement/rounds/round-source.ts';
import { StateRoundLog } from '../../placement/rounds/state-round-log.ts';
import type { Signer } from '../../proof/commitment.ts';
import { NetworkCalls } from '../../rpc/client/network-calls.ts';
import { GrpcRoundSource } from '../../rpc/nodes/grpc-round-source.ts';
import type { NodeChannels } from '../../rpc/nodes/node-channels.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import type { VrfEngine } from '../../vrf/vrf-engine.ts';
import type { Opened } from '../opened.ts';
import type { NodeConfig } from '../settings.ts';
import { formatAddress } from '../units.ts';
import { peerTrouble, roundEvents } from './placement-events.ts';
import { systemResolver } from './seed-names.ts';
import { domainOf, SeedPeers } from './seed-peers.ts';
import { systemClock } from '../system-clock.ts';

/** What a log of rounds is opened with. */
export interface RoundLogParts {
  readonly config: Pick<NodeConfig, 'peers' | 'seedDomain'>;
  readonly genesis: Genesis;
  readonly signer: Signer;
  readonly isPrimary: boolean;
  readonly channels: NodeChannels;
  readonly state: StateStore;
  readonly vrf: VrfEngine;
  /** Public VRF key of the node, 32 bytes. */
  readonly vrfKey: Uint8Array;
  readonly telemetry: Telemetry;
  /** Gets what is opened. */
  readonly opened: Opened;
}

/** A log and what it leads to. */
export interface OpenedLog {
  readonly log: RoundLog;
  readonly chain: Chain;
}

/**
 * Opens the log of rounds of a node. An embedded state store belongs to one process, so that one primary appends, the first one of the genesis; all
 * others follow the primaries, and further nodes that settings or DNS name.
 */
export async function openRoundLog(parts: RoundLogParts): Promise<OpenedLog> {
  const { genesis, signer, isPrimary } = parts;
  const [first] = genesis.primaries;
  const isFirst = first !== undefined && compareBytes(first.storerKey, signer.publicKey) === 0;
  return isPrimary && isFirst ? await openAppending(parts) : await openFollowing(parts);
}

async function openAppending(parts: RoundLogParts): Promise<OpenedLog> {
  const { genesis, state: store, signer, vrf, vrfKey, telemetry, opened } = parts;
  const events = roundEvents(telemetry);
  const log = opened.add(await StateRoundLog.open({ store, genesis, events }), (part) => part.close());
  opened.add(Proposer.start({ log, signer, vrf, vrfKey, clock: systemClock, events }), (part) =>
    part.close(),
  );
  return { log, chain: log.chain };
}

async function openFollowing(parts: RoundLogParts): Promise<OpenedLog> {
  const { genesis, state: store, signer, channels, telemetry, opened } = parts;
  const others = genesis.primaries.filter(({ storerKey }) => compareBytes(storerKey, signer.publicKey) !== 0);
  const source = (address: string): RoundSource => new GrpcRoundSource(channels, address);
  const seeds = opened.add(openPeers(parts), (part) => part.close());
  const told = roundEvents(telemetry);
  const events: RoundEvents = {
    ...told,
    rejected: (address, error) => {
      told.rejected?.(address, error);
      seeds.drop(address);
    },
  };
  const sources = others.map(({ address }) => source(address));
  const peers = (): readonly RoundSource[] => seeds.addresses().map(source);
  const options = { store, genesis, sources, peers, clock: systemClock, events };
  const log = opened.add(await FollowingRoundLog.open(options), (part) => part.close());
  return { log, chain: log.chain };
}

function openPeers({ config, genesis, signer, channels, telemetry }: RoundLogParts): SeedPeers {
  const domain = config.seedDomain ?? domainOf(genesis.name);
  const fixed = config.peers?.map(formatAddress);
  return SeedPeers.start({
    ...(domain !== undefined && { domain }),
    ...(fixed !== undefined && { fixed }),
    ask: (address, signal) => channels.call(address, (caller) => new NetworkCalls(caller).facts({ signal })),
    genesis,
    storerKey: signer.publicKey,
    resolver: systemResolver(),
    clock: systemClock,
    random: Math.random,
    trouble: peerTrouble(telemetry),
  });
}

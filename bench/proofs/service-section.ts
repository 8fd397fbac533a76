import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import type { Workspace } from '../framework/workspace.ts';
import { Rounds, rotate } from '../framework/rounds.ts';
import type { Child } from '../framework/child.ts';
import type { CoderCommands } from '../support/coder-process.ts';
import { NodeUnderLoad } from '../support/node-under-load.ts';
import { MB } from '../support/rate.ts';
import type { ReplicaCommands } from '../support/replica-process.ts';
import type { StoreReadsCommands } from '../support/store-reads-process.ts';
import type { OpenSection, ProofSizes } from './section.ts';
import { IN_FLIGHT, type Profile, PROFILES, runPhases, STREAMS } from './service-cases.ts';
import { BESIDE, serviceRows } from './service-rows.ts';

const support = (file: string): URL => new URL(`../support/${file}`, import.meta.url);
/** Chunks and blocks of the warm-up. */
const WARM_UP = 256;
const ONE_WORKER = 1;

/** The nodes, and what is measured beside them. */
interface Parts {
  readonly nodes: ReadonlyMap<Profile, NodeUnderLoad>;
  readonly hashing: Child<ReplicaCommands>;
  readonly coder: Child<CoderCommands>;
  readonly storeReads: Child<StoreReadsCommands>;
}

async function startParts(workspace: Workspace, { fileBlocks }: ProofSizes): Promise<Parts> {
  const nodes = new Map<Profile, NodeUnderLoad>();
  for (const profile of PROFILES)
    nodes.set(profile, await NodeUnderLoad.start(workspace, 'level', { profile: profile.name }));
  const hashing = await workspace.start<ReplicaCommands>('hashing', support('replica-process.ts'));
  const coder = await workspace.start<CoderCommands>('encoding alone', support('coder-process.ts'));
  await coder.call('open', { threads: [ONE_WORKER], objects: 1, blocks: fileBlocks });
  const storeReads = await workspace.start<StoreReadsCommands>(
    'store reads',
    support('store-reads-process.ts'),
  );
  return { nodes, hashing, coder, storeReads };
}

/** What the rows stand beside: hashes, and a file encoded and decoded without a service. */
async function measureBeside(parts: Parts, rounds: Rounds, { minMs, fileBlocks }: ProofSizes): Promise<void> {
  const { one, many } = await parts.hashing.call('bandwidth', { minMs });
  rounds.add(BESIDE.one, one);
  rounds.add(BESIDE.many, many);
  for (const profile of PROFILES) {
    const { passes } = profile;
    if (passes === 0) continue;
    for (const verb of ['encode', 'decode'] as const) {
      const ms = await parts.coder.call('run', { verb, threads: ONE_WORKER, objects: 1, passes });
      rounds.add(BESIDE.alone(verb, profile), (fileBlocks * BLOCK_SIZE) / MB / (ms / 1000));
    }
  }
}

/** A count, the same in each round. */
async function countStoreReads({ storeReads }: Parts, rounds: Rounds, blocks: number): Promise<void> {
  for (const profile of PROFILES.filter(({ passes }) => passes > 0)) {
    const bytes = await storeReads.call('leafProof', { profile: profile.passes, blocks });
    rounds.add(BESIDE.storeBytes(profile), bytes);
  }
}

/** Sets, reads back and compares, has proven and checks the proofs: all that follows is only counted. */
async function warmUp(profile: Profile, { client }: NodeUnderLoad): Promise<void> {
  await client.call('prepare', { seed: 1, chunks: WARM_UP, streams: STREAMS, declares: true });
  await client.call('setEach', { inFlight: IN_FLIGHT, count: WARM_UP });
  await client.call('setCollections', undefined);
  await client.call('setFiles', undefined);
  await client.call('check', undefined);
  await client.call('checkProofs', { asked: profile.passes === 0 ? ['leaf'] : ['leaf', 'init'] });
  await client.call('removeEach', { inFlight: IN_FLIGHT });
  await client.call('removeCollections', undefined);
  await client.call('removeFiles', undefined);
}

/** A node per profile, each with its client, on the store `level`. */
export const openService: OpenSection = async ({ workspace }, sizes) => {
  const { chunks, fileBlocks } = sizes;
  const parts = await startParts(workspace, sizes);
  for (const [profile, node] of parts.nodes) await warmUp(profile, node);
  await measureBeside(parts, new Rounds(), sizes);
  const rounds = new Rounds();
  await countStoreReads(parts, rounds, fileBlocks);
  return {
    name: 'service',
    conditions: { serviceStore: 'level', chunks, chunkBytes: BLOCK_SIZE, callsInFlight: IN_FLIGHT },
    measure: async (round) => {
      await measureBeside(parts, rounds, sizes);
      for (const [profile, node] of rotate([...parts.nodes], round))
        await runPhases({ profile, node, rounds, seed: 100 + 100 * round, chunks, fileBlocks });
    },
    rows: () => serviceRows(rounds),
    stop: async () => {
      for (const node of parts.nodes.values()) await node.stop();
      for (const child of [parts.hashing, parts.storeReads]) await child.kill();
      await parts.coder.stop(() => parts.coder.call('close', undefined));
    },
  };
};

import { BLOCK_SIZE } from '../src/content/geometry.ts';
import {
  type ComparedStore,
  DISK_STORES,
  IN_FLIGHT,
  type RoundSizes,
  STREAMS,
} from './chunks-vs-files/cases.ts';
import { Peers } from './chunks-vs-files/peers.ts';
import { PHASES } from './chunks-vs-files/phases.ts';
import { RadosBenchPeer } from './chunks-vs-files/rados-bench-peer.ts';
import { chunksVsFilesRows } from './chunks-vs-files/rows.ts';
import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import { Rounds, rotate } from './framework/rounds.ts';
import type { Workspace } from './framework/workspace.ts';
import { type CephStore, NodeUnderLoad } from './support/node-under-load.ts';
import { MB } from './support/rate.ts';

const FULL = { rounds: 3, chunks: 100_000, echoCalls: 20_000, hashMs: 1000, warmUp: 16_384, radosBenchS: 5 };
const QUICK = { rounds: 1, chunks: 4096, echoCalls: 2000, hashMs: 100, warmUp: 512, radosBenchS: 1 };

interface Parts {
  readonly nodes: ReadonlyMap<ComparedStore, NodeUnderLoad>;
  readonly peers: Peers;
  readonly radosBench: RadosBenchPeer | undefined;
}

/** Namespaces of the pool, one for each who writes there. */
const NAMESPACES = { node: 'node', alone: 'alone', radosBench: 'bench' } as const;

/** Sets chunks and files of other bytes than those of the rounds, reads them back and compares. */
async function warmUp({ nodes, peers }: Parts, chunks: number): Promise<void> {
  const cold = new Rounds(); // thrown away: hot paths are not compiled yet
  await peers.measureLayers(cold);
  for (const [store, node] of nodes) {
    const { client } = node;
    await peers.measureStore(cold, store);
    await client.call('prepare', { seed: 1, chunks, streams: STREAMS });
    await client.call('setEach', { inFlight: IN_FLIGHT, count: chunks });
    await client.call('setFiles', undefined);
    await client.call('check', undefined);
    await client.call('removeEach', { inFlight: IN_FLIGHT });
    await client.call('removeFiles', undefined);
    for (const { run } of PHASES) await run({ store, node, rounds: cold, chunks });
  }
}

/** The phases in another order in each round, each store after the other, peers before them. */
async function runRound(
  parts: Parts,
  context: BenchContext,
  rounds: Rounds,
  at: RoundSizes & { round: number },
) {
  const { nodes, peers, radosBench } = parts;
  const { progress } = context;
  const label = (text: string): string => `round ${at.round + 1}: ${text}`;
  await progress.step(label('bare gRPC and tree'), () => peers.measureLayers(rounds));
  await progress.step(label('plain storage'), () => peers.measurePlain(rounds));
  if (radosBench !== undefined) await progress.step(label('rados bench'), () => radosBench.measure(rounds));
  for (const { name, run } of rotate(PHASES, at.round)) {
    for (const [store, node] of rotate([...nodes], at.round)) {
      await progress.step(label(`${store}, ${name}`), async () => {
        if (name === 'as files') await peers.measureStore(rounds, store);
        await run({ store, node, rounds, chunks: at.chunks });
      });
    }
  }
}

/** The cluster and a pool on it; nothing where there is no Ceph, loudly. */
async function openCeph({ ceph: source, workspace }: BenchContext) {
  if (source.lack !== undefined) {
    source.leaveOut('chunks-vs-files on rados');
    return undefined;
  }
  const daemons = await source.open();
  const pool = await daemons.createPool(workspace);
  const storeIn = (namespace: string): CephStore => ({ daemons, rados: daemons.place(pool, namespace) });
  return { storeIn, conditions: () => daemons.conditions(pool) };
}

type Ceph = Awaited<ReturnType<typeof openCeph>>;
type Sizes = RoundSizes & { readonly radosBenchS: number };

async function startParts(workspace: Workspace, sizes: Sizes, ceph: Ceph): Promise<Parts> {
  const nodes = new Map<ComparedStore, NodeUnderLoad>();
  for (const store of DISK_STORES) nodes.set(store, await NodeUnderLoad.start(workspace, store));
  if (ceph === undefined) return { nodes, peers: await Peers.start(workspace, sizes), radosBench: undefined };
  nodes.set('rados', await NodeUnderLoad.start(workspace, 'rados', { ceph: ceph.storeIn(NAMESPACES.node) }));
  const most = { seconds: sizes.radosBenchS, totalBytes: sizes.chunks * BLOCK_SIZE };
  return {
    nodes,
    peers: await Peers.start(workspace, sizes, ceph.storeIn(NAMESPACES.alone)),
    radosBench: new RadosBenchPeer(workspace, ceph.storeIn(NAMESPACES.radosBench), most),
  };
}

async function run(context: BenchContext): Promise<BenchOutcome> {
  const { options, workspace, progress } = context;
  const base = options.quick ? QUICK : FULL;
  const sizes = { ...base, chunks: options.chunks ?? base.chunks };
  const count = options.rounds ?? base.rounds;
  const ceph = await openCeph(context);
  const parts = await startParts(workspace, sizes, ceph);
  const { nodes, peers } = parts;
  progress.plan(1 + count * ((ceph === undefined ? 2 : 3) + PHASES.length * nodes.size));
  await progress.step('warm-up, bytes compared', () => warmUp(parts, base.warmUp));
  const rounds = new Rounds();
  for (let round = 0; round < count; round++) {
    for (const { client } of nodes.values())
      await client.call('prepare', { seed: 100 + round, chunks: sizes.chunks, streams: STREAMS });
    await runRound(parts, context, rounds, { ...sizes, round });
  }
  const cephConditions = (await ceph?.conditions()) ?? { ceph: 'none: rows of rados are left out' };
  await peers.stop();
  for (const node of nodes.values()) await node.stop();
  return {
    conditions: {
      rounds: count,
      chunks: sizes.chunks,
      chunkBytes: BLOCK_SIZE,
      collectionsAndFilesAtATime: STREAMS,
      megabytesPerFile: Number(((sizes.chunks * BLOCK_SIZE) / STREAMS / MB).toFixed(1)),
      callsInFlight: IN_FLIGHT,
      clientCheck: 'off: the node has checked every byte; bench grpc has rows with both',
      caches: 'the page cache holds what was written: reads do not reach the disk',
      durability: 'every acknowledged write is synced, ours and the peers',
      transport: 'loopback, plain text; node, client and peers in a process each',
      ...cephConditions,
    },
    rows: chunksVsFilesRows(rounds, [...nodes.keys()]),
  };
}

/** 100,000 chunks of 4 KiB one by one, batched, and the same bytes as files of 100 MB. @see DESIGN.md, "Benchmarks" */
export const chunksVsFiles: Benchmark = {
  name: 'chunks-vs-files',
  summary: '100,000 chunks one by one, batched, and the same bytes as 100 MB files',
  run,
};

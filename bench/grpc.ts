import { availableParallelism } from 'node:os';
import { BLOCK_SIZE } from '../src/content/geometry.ts';
import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import { type Judgement, toRow } from './framework/comparison.ts';
import type { Row } from './framework/report.ts';
import { Rounds, rotate } from './framework/rounds.ts';
import { cpuBound, HEAP_GROWN, LAYER, Layers } from './support/layers.ts';
import { cpuOf, recordCall } from './support/measured-call.ts';
import { NodeUnderLoad } from './support/node-under-load.ts';
import type { StoreName } from './support/open-store.ts';
import { MB } from './support/rate.ts';
import { settle } from './support/settle.ts';

/** @see spec/grpc.md, section 7 */
const GOAL = { unary: 0.9, batch: 10, stream: 0.85 } as const;
const IN_FLIGHT = 64;
/** Batches of 64 in flight: as many bytes as one connection window holds. */
const BATCHES_IN_FLIGHT = 8;
const BATCH = 64;
const STREAMS = 4;
const STORES: readonly StoreName[] = ['memory', 'level'];
const CORES = availableParallelism();
/** The goals hold for the store that costs nothing: they are about this layer. */
const hasGoal = (store: StoreName): boolean => store === 'memory';

/** The node checks every byte that leaves; the client checks again unless it is told not to, which is the figure with a goal. */
const UNCHECKED = { suffix: '', verify: false } as const;
const CHECKED = { suffix: ', client checks too', verify: true } as const;
const CHECKS = [UNCHECKED, CHECKED];

interface Sizes {
  readonly rounds: number;
  /** Unary calls of a round. */
  readonly calls: number;
  /** Chunks that are there to be read one by one. */
  readonly lone: number;
  /** Chunks that the streams of a round carry in sum. */
  readonly chunks: number;
}

const FULL: Sizes = { rounds: 9, calls: 20_000, lone: 4096, chunks: 65_536 };
const QUICK: Sizes = { rounds: 3, calls: 3000, lone: 1024, chunks: 8192 };

const nameOf = {
  unary: (store: StoreName): string => `GetShare of 4 KiB, 64 in flight, ${store}`,
  batch: (store: StoreName): string => `GetShares of 64, ${store}`,
  setFile: (store: StoreName): string => `SetFile, ${store}`,
  getFile: (store: StoreName): string => `GetFile, ${store}`,
  readShares: (store: StoreName): string => `ReadShares, ${store}`,
} as const;

/** One round of one store, each case right behind its peer. */
class GrpcRound {
  readonly #nodes: readonly NodeUnderLoad[];
  readonly #layers: Layers;
  readonly #grownLayers: Layers;
  readonly #sizes: Sizes;

  constructor(
    nodes: readonly NodeUnderLoad[],
    { layers, grownLayers }: { layers: Layers; grownLayers: Layers },
    sizes: Sizes,
  ) {
    this.#nodes = nodes;
    this.#layers = layers;
    this.#grownLayers = grownLayers;
    this.#sizes = sizes;
  }

  /** Sets the chunks that the unary rows read, and what the first round would otherwise pay for. */
  async prepare(seed: number): Promise<void> {
    for (const { client } of this.#nodes) {
      await client.call('prepare', { seed, chunks: this.#sizes.chunks, streams: STREAMS });
      await client.call('setEach', { inFlight: IN_FLIGHT, count: this.#sizes.lone });
    }
  }

  async run(rounds: Rounds, round: number): Promise<void> {
    const { calls, chunks } = this.#sizes;
    const nodes = rotate(this.#nodes, round);
    await this.#layers.echo(rounds);
    for (const { store, client, ends } of nodes) {
      for (const { suffix, verify } of CHECKS) {
        await recordCall(rounds, { name: nameOf.unary(store) + suffix, units: calls, ends }, () =>
          client.call('getEach', { inFlight: IN_FLIGHT, calls, verify }),
        );
      }
      const batches = Math.ceil((calls * 2) / BATCH);
      await recordCall(rounds, { name: nameOf.batch(store), units: batches * BATCH, ends }, () =>
        client.call('getBatches', { inFlight: BATCHES_IN_FLIGHT, calls: batches, verify: false }),
      );
    }
    const units = (chunks * BLOCK_SIZE) / MB;
    await this.#layers.hash(rounds);
    await this.#layers.stream(rounds, 'upload');
    await this.#grownLayers.stream(rounds, 'upload');
    for (const { store, client, ends } of nodes) {
      await recordCall(rounds, { name: nameOf.setFile(store), units, ends }, () =>
        client.call('setFiles', undefined),
      );
      await client.call('setCollections', undefined);
      await settle(ends.server);
    }
    await this.#layers.stream(rounds, 'download');
    await this.#grownLayers.stream(rounds, 'download');
    for (const { store, client, ends } of nodes) {
      for (const { suffix, verify } of CHECKS) {
        await recordCall(rounds, { name: nameOf.getFile(store) + suffix, units, ends }, () =>
          client.call('getFiles', { verify }),
        );
        await recordCall(rounds, { name: nameOf.readShares(store) + suffix, units, ends }, () =>
          client.call('readCollections', { verify }),
        );
      }
      await client.call('removeFiles', undefined);
      await client.call('removeCollections', undefined);
      await settle(ends.server);
    }
  }
}

function judged(store: StoreName, peer: Judgement['peer'], goal: number): Judgement {
  return hasGoal(store) ? { peer, goal } : { peer };
}

/** The limit that bare stream and tree give in the same round; with two trees when the client checks too. */
function bound(
  rounds: Rounds,
  direction: 'upload' | 'download',
  { trees = 1, suffix = '' } = {},
): Judgement['peer'] {
  const values = rounds.combine(
    [cpuOf.both(LAYER[direction] + suffix), LAYER.hashCpu],
    (stream = 0, hash = 0) => cpuBound(CORES, stream, trees * hash),
  );
  return {
    what: `${CORES} cores x 1000 / (c_stream + ${trees === 1 ? '' : `${trees} x `}c_hash)${suffix}`,
    values,
  };
}

function rateRows(rounds: Rounds, store: StoreName): Row[] {
  const rate = (name: string, unit: string, judgement: Judgement): Row =>
    toRow({ case: name, unit, values: rounds.get(name) }, judgement);
  const echo = { what: LAYER.echo, values: rounds.get(LAYER.echo) };
  const unary = { what: nameOf.unary(store), values: rounds.get(nameOf.unary(store)) };
  return [
    rate(nameOf.unary(store), 'chunks/s', judged(store, echo, GOAL.unary)),
    rate(nameOf.batch(store), 'chunks/s', judged(store, unary, GOAL.batch)),
    rate(nameOf.setFile(store), 'MB/s', judged(store, bound(rounds, 'upload'), GOAL.stream)),
    rate(nameOf.getFile(store), 'MB/s', judged(store, bound(rounds, 'download'), GOAL.stream)),
    rate(nameOf.readShares(store), 'MB/s', judged(store, bound(rounds, 'download'), GOAL.stream)),
    rate(nameOf.unary(store) + CHECKED.suffix, 'chunks/s', { peer: echo }),
    rate(nameOf.getFile(store) + CHECKED.suffix, 'MB/s', { peer: bound(rounds, 'download', { trees: 2 }) }),
    rate(nameOf.readShares(store) + CHECKED.suffix, 'MB/s', {
      peer: bound(rounds, 'download', { trees: 2 }),
    }),
  ];
}

/** The same rates against streams whose processes have the node's heap setting: what is left then is ours. */
function grownRows(rounds: Rounds): Row[] {
  const row = (name: string, direction: 'upload' | 'download'): Row =>
    toRow(
      { case: `${name}, peer with its heap let grow`, unit: 'MB/s', values: rounds.get(name) },
      { peer: bound(rounds, direction, { suffix: HEAP_GROWN }) },
    );
  return [
    row(nameOf.setFile('memory'), 'upload'),
    row(nameOf.getFile('memory'), 'download'),
    row(nameOf.readShares('memory'), 'download'),
  ];
}

const CHUNKS_PER_MB = MB / BLOCK_SIZE;
/** Core-ms per chunk and per MB to core-us per chunk. */
const usOfChunk = (ms: number): number => ms * 1000;
const usOfMegabyte = (ms: number): number => (ms * 1000) / CHUNKS_PER_MB;

function cpuRows(rounds: Rounds, name: string, toUs: (ms: number) => number, peer: string): Row[] {
  const values = (key: string): readonly number[] => rounds.get(key).map(toUs);
  return (['client', 'server', 'serverLoop'] as const).map((end) =>
    toRow(
      { case: cpuOf[end](name), unit: 'core-us/chunk', values: values(cpuOf[end](name)) },
      { peer: { what: peer, values: values(cpuOf[end](peer)) }, better: 'lower' },
    ),
  );
}

/** CPU of a stream beside the sum of its parts: unlike a rate it hardly moves when other programs take the cores. */
function sumRow(rounds: Rounds, name: string, direction: 'upload' | 'download'): Row {
  const sum = rounds.combine(
    [cpuOf.both(LAYER[direction]), LAYER.hashCpu],
    (stream = 0, hash = 0) => stream + hash,
  );
  const both = cpuOf.both(name);
  const peer = { what: 'c_stream + c_hash', values: sum };
  return toRow({ case: both, unit: 'core-ms/MB', values: rounds.get(both) }, { peer, better: 'lower' });
}

function rows(rounds: Rounds): Row[] {
  const plain = (name: string, unit: string): Row => toRow({ case: name, unit, values: rounds.get(name) });
  return [
    plain(LAYER.echo, 'chunks/s'),
    plain(LAYER.upload, 'MB/s'),
    plain(LAYER.download, 'MB/s'),
    plain(LAYER.upload + HEAP_GROWN, 'MB/s'),
    plain(LAYER.download + HEAP_GROWN, 'MB/s'),
    plain(LAYER.hash, 'MB/s'),
    plain(cpuOf.both(LAYER.upload), 'core-ms/MB'),
    plain(cpuOf.both(LAYER.download), 'core-ms/MB'),
    plain(LAYER.hashCpu, 'core-ms/MB'),
    ...STORES.flatMap((store) => rateRows(rounds, store)),
    ...grownRows(rounds),
    ...STORES.flatMap((store) => [
      sumRow(rounds, nameOf.setFile(store), 'upload'),
      sumRow(rounds, nameOf.getFile(store), 'download'),
      sumRow(rounds, nameOf.readShares(store), 'download'),
    ]),
    ...STORES.flatMap((store) => [
      ...cpuRows(rounds, nameOf.unary(store), usOfChunk, LAYER.echo),
      ...cpuRows(rounds, nameOf.batch(store), usOfChunk, LAYER.echo),
      ...cpuRows(rounds, nameOf.setFile(store), usOfMegabyte, LAYER.upload),
      ...cpuRows(rounds, nameOf.getFile(store), usOfMegabyte, LAYER.download),
      ...cpuRows(rounds, nameOf.readShares(store), usOfMegabyte, LAYER.download),
    ]),
  ];
}

async function run({ options, workspace, progress }: BenchContext): Promise<BenchOutcome> {
  const base = options.quick ? QUICK : FULL;
  const sizes = { ...base, rounds: options.rounds ?? base.rounds };
  const bytesEach = (sizes.chunks * BLOCK_SIZE) / STREAMS;
  const layerSizes = {
    echoCalls: sizes.calls,
    inFlight: IN_FLIGHT,
    streams: STREAMS,
    bytesEach,
    hashMs: options.quick ? 100 : 500,
  };
  const layers = await Layers.start(workspace, layerSizes);
  const grownLayers = await Layers.start(workspace, layerSizes, true);
  const nodes: NodeUnderLoad[] = [];
  for (const store of STORES) nodes.push(await NodeUnderLoad.start(workspace, store));
  const round = new GrpcRound(nodes, { layers, grownLayers }, sizes);
  const rounds = new Rounds();
  progress.plan(sizes.rounds + 1);
  await progress.step('preparation and warm-up', async () => {
    await round.prepare(1);
    await round.run(new Rounds(), 0);
  });
  for (let i = 0; i < sizes.rounds; i++) {
    await progress.step(`round ${i + 1} of ${sizes.rounds}`, () => round.run(rounds, i));
  }
  for (const node of nodes) await node.stop();
  return {
    conditions: {
      rounds: sizes.rounds,
      unaryCallsPerRound: sizes.calls,
      loneChunks: sizes.lone,
      streamsAtATime: STREAMS,
      megabytesPerStream: Math.round(bytesEach / MB),
      messageBytes: '262144 both sides',
      channels: 4,
      transport: 'loopback, plain text; client, server and peers in a process each',
    },
    rows: rows(rounds),
  };
}

/** The gRPC layer against bare grpc-js. @see spec/grpc.md, section 7 */
export const grpc: Benchmark = {
  name: 'grpc',
  summary: 'calls and streams from memory against bare grpc-js and the tree; on level beside them',
  run,
};

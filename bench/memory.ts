import { setTimeout as wait } from 'node:timers/promises';
import { BLOCK_SIZE } from '../src/content/geometry.ts';
import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import type { Child } from './framework/child.ts';
import { toRow } from './framework/comparison.ts';
import type { Row } from './framework/report.ts';
import type { ClientCommands } from './support/client-process.ts';
import { memorySum } from './support/memory-bound.ts';
import { NodeUnderLoad } from './support/node-under-load.ts';
import { residentMemory, type Watched, watchMemory } from './support/resident-memory.ts';
import type { StalledReadersCommands } from './support/stalled-readers-process.ts';

const CLIENTS = 4;
/** Connections of one client. @see spec/grpc.md, section 3 */
const CHANNELS = 4;
const STALLED = 64;
const MIB = 2 ** 20;
const STORES = ['level', 'files'] as const;
type DiskStore = (typeof STORES)[number];

const FULL = { rounds: 5, mebibytes: 512, stallSeconds: 600 };
const QUICK = { rounds: 5, mebibytes: 32, stallSeconds: 6 };
type Sizes = typeof FULL;

/** Within the sum: the node takes at most what is documented. Flat: the last round takes at most a ninth more than the second. */
const GOAL = { bound: 1, flat: 0.9 } as const;

/** What one store showed. */
interface Seen {
  readonly store: DiskStore;
  readonly idle: number;
  readonly bound: number;
  readonly rounds: readonly Watched[];
  readonly stalledBound: number;
  /** Each fifth of the time with stalled readers. */
  readonly stalled: readonly Watched[];
}

/** One node, loaded by several clients at the same time. */
class MemoryRun {
  readonly #context: BenchContext;
  readonly #sizes: Sizes;
  readonly #node: NodeUnderLoad;
  readonly #clients: readonly Child<ClientCommands>[];

  private constructor(
    context: BenchContext,
    sizes: Sizes,
    node: NodeUnderLoad,
    clients: readonly Child<ClientCommands>[],
  ) {
    this.#context = context;
    this.#sizes = sizes;
    this.#node = node;
    this.#clients = clients;
  }

  static async start(context: BenchContext, sizes: Sizes, store: DiskStore): Promise<MemoryRun> {
    const node = await NodeUnderLoad.start(context.workspace, store);
    const clients = [node.client];
    while (clients.length < CLIENTS) clients.push(await node.addClient(context.workspace));
    const chunks = (sizes.mebibytes * MIB) / BLOCK_SIZE;
    for (const [i, client] of clients.entries())
      await client.call('prepare', { seed: 10 + i, chunks, streams: 1 });
    return new MemoryRun(context, sizes, node, clients);
  }

  async run(store: DiskStore): Promise<Seen> {
    const { progress } = this.#context;
    const { pid } = this.#node.server;
    const settings = await this.#node.server.call('memorySettings', undefined);
    const idle = residentMemory(pid).own;
    const rounds: Watched[] = [];
    for (let round = 0; round < this.#sizes.rounds; round++) {
      rounds.push(
        await progress.step(`${store}: round ${round + 1}, ${CLIENTS} clients`, () =>
          watchMemory(pid, () => this.#round()),
        ),
      );
    }
    const stalled = await this.#stall(pid);
    for (const client of this.#clients.slice(1))
      await client.stop(() => client.call('disconnect', undefined));
    await this.#node.stop();
    return {
      store,
      idle,
      bound: memorySum(settings, CLIENTS * CHANNELS),
      rounds,
      stalledBound: memorySum(settings, CLIENTS * CHANNELS + STALLED),
      stalled,
    };
  }

  async #round(): Promise<void> {
    await Promise.all(
      this.#clients.map(async (client) => {
        await client.call('setFiles', undefined);
        await client.call('getFiles', { verify: false });
        await client.call('removeFiles', undefined);
      }),
    );
  }

  /** Readers that never read: the second fifth of the time, when the buffers are full, beside the last one. */
  async #stall(pid: number): Promise<readonly Watched[]> {
    const { workspace, progress } = this.#context;
    const { client, address } = this.#node;
    await client.call('setFiles', undefined);
    const fileId = await client.call('fileId', { stream: 0 });
    const readers = await workspace.start<StalledReadersCommands>(
      'stalled readers',
      new URL('support/stalled-readers-process.ts', import.meta.url),
    );
    const fifthMs = (this.#sizes.stallSeconds * 1000) / 5;
    await readers.call('start', { address, fileId, connections: STALLED });
    return progress.step(
      `${this.#node.store}: ${STALLED} stalled readers for ${this.#sizes.stallSeconds} s`,
      async () => {
        const fifths: Watched[] = [];
        while (fifths.length < 5) fifths.push(await watchMemory(pid, () => wait(fifthMs)));
        await readers.stop(() => readers.call('stop', undefined));
        return fifths;
      },
    );
  }
}

function highest(watched: readonly Watched[]): number {
  return Math.max(...watched.map(({ peak }) => peak.own));
}

function rowsOf(seen: Seen): Row[] {
  const { store, rounds } = seen;
  const unit = 'MiB';
  const row = (name: string, bytes: number, against?: { what: string; bytes: number; goal: number }): Row => {
    const series = { case: `${store}: ${name}`, unit, values: [bytes / MIB] };
    if (against === undefined) return toRow(series);
    const peer = { what: against.what, values: [against.bytes / MIB] };
    return toRow(series, { peer, better: 'lower', goal: against.goal });
  };
  const early = rounds[Math.min(1, rounds.length - 1)]?.ownMedian ?? 0;
  const last = rounds.at(-1)?.ownMedian ?? 0;
  const total = Math.max(...rounds.map((round) => round.peak.total));
  const sum = 'sum of docs/operations.md for these connections';
  return [
    row('node before the first call', seen.idle),
    row('highest of all rounds', highest(rounds), { what: sum, bytes: seen.bound, goal: GOAL.bound }),
    row('highest of all rounds, mapped files included', total),
    row('middle of the last round', last, {
      what: 'middle of the second round',
      bytes: early,
      goal: GOAL.flat,
    }),
    row(`highest with ${STALLED} stalled readers`, highest(seen.stalled), {
      what: sum,
      bytes: seen.stalledBound,
      goal: GOAL.bound,
    }),
    row('stalled readers, middle of the last fifth', seen.stalled.at(-1)?.ownMedian ?? 0, {
      what: 'middle of the second fifth',
      bytes: seen.stalled[1]?.ownMedian ?? 0,
      goal: GOAL.flat,
    }),
  ];
}

async function run(context: BenchContext): Promise<BenchOutcome> {
  const { options, progress } = context;
  const base = options.quick ? QUICK : FULL;
  const sizes = {
    ...base,
    rounds: options.rounds ?? base.rounds,
    stallSeconds: options.stallSeconds ?? base.stallSeconds,
  };
  progress.plan(STORES.length * (sizes.rounds + 1));
  const rows: Row[] = [];
  for (const store of STORES)
    rows.push(...rowsOf(await (await MemoryRun.start(context, sizes, store)).run(store)));
  return {
    conditions: {
      rounds: sizes.rounds,
      clients: CLIENTS,
      connectionsPerClient: CHANNELS,
      mebibytesPerFile: sizes.mebibytes,
      stalledConnections: STALLED,
      stallSeconds: sizes.stallSeconds,
      settings: 'the defaults of a node',
      counted: 'resident memory without mapped files, sampled every 50 ms',
    },
    rows,
  };
}

/** Memory of a node under load and under readers that stall: within its documented sum, and flat. */
export const memory: Benchmark = {
  name: 'memory',
  summary: 'memory of a node under 4 clients with 512 MiB files, and under 64 stalled readers',
  run,
};

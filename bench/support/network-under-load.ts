import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Devnet, type RunningNode } from '../../src/cli/devnet/devnet.ts';
import type { Child } from '../framework/child.ts';
import { ConnectionWatch } from '../framework/connections.ts';
import { cpuOfProcess } from '../framework/process-cpu.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { NetworkClientCommands } from './network-client-process.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const CLIENT = new URL('network-client-process.ts', import.meta.url);
const FETCHED = 'provender_placement_content_bytes_total{direction="in"}';
const RESERVED = 'provender_placement_reserved_bytes';
/** The defaults are too small for 64 files at once: 63 uploads of up to 4 MiB each are admitted, and a storer takes 20 assignments, 4 of them at work. */
const SETTINGS = { 'max-bytes-in-flight': '512MiB', 'max-assignments': '16' } as const;
/** 220 s for 100 MB: 8 such files are 8 GB that the storers of one machine fetch and encode at the same time. */
const TIMES = { commitMs: 20_000, bytesPerSecond: 500_000 } as const;
const LOOK_MS = 100;
/** Claims of a placement that failed are held back for longer. */
const REST_LIMIT_MS = 10_000;

/** What a piece of work took of the whole network. */
export interface NetworkCost {
  /** All nodes and the client, until no storer held anything back for it any more, at most 10 s behind its end, core-ms. */
  readonly cpuMs: number;
  /** Content that storers fetched. */
  readonly fetchedBytes: number;
  /** The most connections to the primary's port that one node had at once. */
  readonly mostConnections: number;
}

/** A network of real nodes, the first one its primary, and a client in a process of its own. */
export class NetworkUnderLoad {
  readonly client: Child<NetworkClientCommands>;
  readonly #devnet: Devnet;

  private constructor(devnet: Devnet, client: Child<NetworkClientCommands>) {
    this.#devnet = devnet;
    this.client = client;
  }

  /** Starts all of it in the workspace, at whose end it is gone. */
  static async start(workspace: Workspace, storers: number): Promise<NetworkUnderLoad> {
    const interrupted = new AbortController();
    const opening = Devnet.open({
      directory: await workspace.folder('network'),
      storers,
      program: ['--import', import.meta.resolve('tsx'), MAIN],
      parameters: TIMES,
      settings: Object.entries(SETTINGS).flatMap(([name, value]) => [`--${name}`, value]),
      signal: interrupted.signal,
    });
    workspace.defer(async () => {
      interrupted.abort();
      const [opened] = await Promise.allSettled([opening]);
      if (opened.status === 'fulfilled') await killAll(opened.value);
    });
    const devnet = await opening;
    const client = await workspace.start<NetworkClientCommands>('network client', CLIENT);
    return new NetworkUnderLoad(devnet, client);
  }

  /** Settings of its nodes, and parameters of the network, that are not the defaults. */
  get settings(): string {
    return Object.entries({ ...SETTINGS, ...TIMES })
      .map((setting) => setting.join(' '))
      .join(', ');
  }

  /** `host:port`. */
  get primary(): string {
    return this.#primary.address;
  }

  /** Runs `work`, waits for its last reservation to go, and tells what it took. */
  async measure<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly cost: NetworkCost }> {
    const cpuBefore = this.#cpuMs();
    const fetchedBefore = await this.#sum(FETCHED);
    using watch = new ConnectionWatch(Number(this.primary.split(':').at(-1)), this.#pids());
    const result = await work();
    await this.#rest();
    return {
      result,
      cost: {
        cpuMs: this.#cpuMs() - cpuBefore,
        fetchedBytes: (await this.#sum(FETCHED)) - fetchedBefore,
        mostConnections: watch.most,
      },
    };
  }

  /** Kills the node at an address as a power cut would. */
  async kill(address: string): Promise<void> {
    const node = this.#devnet.nodes.find((it) => it.address === address);
    if (node === undefined) throw new Error(`no node at ${address}`);
    node.process.kill();
    await node.process.exited;
  }

  /** Starts those again that were killed. */
  async restart(): Promise<void> {
    const dead = this.#devnet.nodes.filter(({ process }) => !process.isRunning);
    for (const node of dead) await this.#devnet.restart(node);
  }

  async stop(): Promise<void> {
    await this.client.kill();
    await killAll(this.#devnet);
  }

  get #primary(): RunningNode {
    const node = this.#devnet.nodes.find(({ isPrimary }) => isPrimary);
    if (node === undefined) throw new Error('the network has no primary');
    return node;
  }

  get #running(): readonly RunningNode[] {
    return this.#devnet.nodes.filter(({ process }) => process.isRunning);
  }

  #pids(): readonly number[] {
    return this.#running.map(({ process }) => process.pid ?? 0);
  }

  #cpuMs(): number {
    return [this.client.pid, ...this.#pids()].reduce((sum, pid) => sum + cpuOfProcess(pid), 0);
  }

  /** Waits until no storer holds anything back, 10 s at most: spare storers stop a little behind the receipt. */
  async #rest(): Promise<void> {
    const end = performance.now() + REST_LIMIT_MS;
    while ((await this.#sum(RESERVED)) > 0 && performance.now() < end) await wait(LOOK_MS);
  }

  async #sum(metric: string): Promise<number> {
    const values = await Promise.all(this.#running.map((node) => metricOf(node, metric)));
    return values.reduce((sum, value) => sum + value, 0);
  }
}

/** Value of a metric, 0 when nothing was counted yet. */
async function metricOf({ httpAddress }: RunningNode, metric: string): Promise<number> {
  const answer = await fetch(`http://${httpAddress}/metrics`);
  const line = (await answer.text()).split('\n').find((it) => it.startsWith(`${metric} `));
  return Number(line?.slice(metric.length) ?? 0);
}

/** What they have goes with the run, so that nobody waits for an orderly end. */
async function killAll(devnet: Devnet): Promise<void> {
  for (const { process } of devnet.nodes) process.kill();
  await devnet.close();
}

import { HEAP_GROWTH_FLAG } from '../../src/node/heap-growth.ts';
import type { Child } from '../framework/child.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { BareClientCommands } from './bare-client-process.ts';
import type { BareServerCommands } from './bare-server-process.ts';

import type { HashCommands } from './hash-process.ts';
import { recordCall } from './measured-call.ts';
import { MB } from './rate.ts';

/** Cases of the layers under the node. CPU per MB of the streams lies under `cpuOf.both`. */
export const LAYER = {
  echo: 'bare grpc-js: echo of 4 KiB',
  upload: 'bare grpc-js: upload in messages of 256 KiB',
  download: 'bare grpc-js: download in messages of 256 KiB',
  hash: 'tree on one core',
  hashCpu: 'tree: CPU',
} as const;

/** Behind the names of streams whose processes have the node's heap setting; see src/node/heap-growth.ts. */
export const HEAP_GROWN = ', heap let grow';

/** How much of each layer one round measures. */
export interface LayerSizes {
  readonly echoCalls: number;
  readonly inFlight: number;
  readonly streams: number;
  readonly bytesEach: number;
  readonly hashMs: number;
}

/** The layers under the node, alone: gRPC without a codec and without a handler, and the tree without gRPC. */
export class Layers {
  readonly #server: Child<BareServerCommands>;
  readonly #client: Child<BareClientCommands>;
  readonly #hash: Child<HashCommands>;
  readonly #sizes: LayerSizes;
  readonly #suffix: string;

  private constructor(
    parts: {
      server: Child<BareServerCommands>;
      client: Child<BareClientCommands>;
      hash: Child<HashCommands>;
    },
    sizes: LayerSizes,
    suffix: string,
  ) {
    this.#server = parts.server;
    this.#client = parts.client;
    this.#hash = parts.hash;
    this.#sizes = sizes;
    this.#suffix = suffix;
  }

  /** Starts a bare server, its client and a process that hashes; plain ones, or with the heap setting of the node. */
  static async start(workspace: Workspace, sizes: LayerSizes, heapGrows = false): Promise<Layers> {
    const here = (file: string): URL => new URL(file, import.meta.url);
    const options = { nodeFlags: heapGrows ? [HEAP_GROWTH_FLAG] : [] };
    const server = await workspace.start<BareServerCommands>(
      'bare server',
      here('bare-server-process.ts'),
      options,
    );
    const client = await workspace.start<BareClientCommands>(
      'bare client',
      here('bare-client-process.ts'),
      options,
    );
    const hash = await workspace.start<HashCommands>('hash', here('hash-process.ts'));
    await client.call('connect', { address: await server.call('listen', undefined) });
    return new Layers({ server, client, hash }, sizes, heapGrows ? HEAP_GROWN : '');
  }

  /** Calls per second and CPU per call. */
  async echo(rounds: Rounds): Promise<void> {
    const { echoCalls: calls, inFlight } = this.#sizes;
    await recordCall(rounds, { name: LAYER.echo, units: calls, ends: this.#ends() }, () =>
      this.#client.call('echo', { calls, inFlight }),
    );
  }

  /** MB/s and CPU per MB of one direction. */
  async stream(rounds: Rounds, direction: 'upload' | 'download'): Promise<void> {
    const { streams, bytesEach } = this.#sizes;
    const units = (streams * bytesEach) / MB;
    await recordCall(rounds, { name: LAYER[direction] + this.#suffix, units, ends: this.#ends() }, () =>
      this.#client.call(direction, { streams, bytesEach }),
    );
  }

  /** MB/s and CPU per MB of the tree, with the kernel that the node takes. */
  async hash(rounds: Rounds): Promise<void> {
    const { result, cost } = await measureCost({ hash: this.#hash }, () =>
      this.#hash.call('wholeRoot', { minMs: this.#sizes.hashMs }),
    );
    rounds.add(LAYER.hash, result);
    // CPU and not time: on a busy machine the core is not all ours.
    rounds.add(LAYER.hashCpu, cost.parts.hash.totalMs / ((result * cost.wallMs) / 1000));
  }

  #ends(): { client: Child<BareClientCommands>; server: Child<BareServerCommands> } {
    return { client: this.#client, server: this.#server };
  }
}

/** MB/s that all cores together would carry if nothing but these parts cost CPU, each in core-ms per MB. */
export function cpuBound(cores: number, ...costs: readonly number[]): number {
  return (cores * 1000) / costs.reduce((sum, cost) => sum + cost, 0);
}

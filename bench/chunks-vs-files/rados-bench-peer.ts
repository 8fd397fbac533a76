import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { CephStore } from '../support/node-under-load.ts';
import { type RadosBenchTask, runRadosBench } from '../support/rados-bench.ts';
import { MB } from '../support/rate.ts';
import { plainVerb, RADOS_BENCH, STRIPE } from './cases.ts';

/** CPU per MB of the client and of the daemons on this machine, and of the client alone. */
export const radosBenchCpu = {
  all: (name: string): string => `${name}: CPU of client and daemons`,
  client: (name: string): string => `${name}: CPU of the client`,
} as const;

interface Objects {
  readonly name: string;
  readonly sizeBytes: number;
  readonly inFlight: number;
  /** Bytes of one unit of the rate: a chunk, or a MB. */
  readonly unitBytes: number;
}

const EACH: Objects = { name: RADOS_BENCH.each, sizeBytes: BLOCK_SIZE, inFlight: 64, unitBytes: BLOCK_SIZE };
const LARGE: Objects = { name: RADOS_BENCH.large, sizeBytes: STRIPE, inFlight: 16, unitBytes: MB };

/** The `rados bench` command on the pool of the node, in a namespace of its own. */
export class RadosBenchPeer {
  readonly #workspace: Workspace;
  readonly #ceph: CephStore;
  readonly #seconds: number;
  readonly #totalBytes: number;
  #runs = 0;

  /** @param most - bounds of one write: as many bytes as the other cases move, and no longer than this */
  constructor(workspace: Workspace, ceph: CephStore, most: { seconds: number; totalBytes: number }) {
    this.#workspace = workspace;
    this.#ceph = ceph;
    this.#seconds = most.seconds;
    this.#totalBytes = most.totalBytes;
  }

  /** Writes and reads of both sizes. */
  async measure(rounds: Rounds): Promise<void> {
    for (const objects of [EACH, LARGE]) {
      const runName = `run-${++this.#runs}`;
      const { sizeBytes, inFlight } = objects;
      const task = { inFlight, seconds: this.#seconds, runName };
      const maxObjects = Math.max(inFlight, Math.ceil(this.#totalBytes / sizeBytes));
      await this.#record(rounds, plainVerb.write(objects.name), objects, {
        ...task,
        verb: 'write',
        sizeBytes,
        maxObjects,
      });
      await this.#record(rounds, plainVerb.read(objects.name), objects, { ...task, verb: 'rand' });
      await this.#cleanUp(runName);
    }
  }

  async #record(rounds: Rounds, name: string, { unitBytes }: Objects, task: RadosBenchTask): Promise<void> {
    const { rados, daemons } = this.#ceph;
    await daemons.rest();
    const { result, cost } = await measureCost({ daemons }, () =>
      runRadosBench(this.#workspace, rados, task),
    );
    const bytes = result.operations * result.operationBytes;
    rounds.add(name, bytes / unitBytes / result.seconds);
    rounds.add(radosBenchCpu.client(name), result.cpuMs / (bytes / MB));
    rounds.add(radosBenchCpu.all(name), (result.cpuMs + cost.parts.daemons.totalMs) / (bytes / MB));
  }

  async #cleanUp(runName: string): Promise<void> {
    const { confFile, user, pool, namespace } = this.#ceph.rados;
    const place = ['-c', confFile, '--user', user, '-p', pool, '-N', namespace];
    await this.#workspace.complete('rados', [...place, 'cleanup', '--run-name', runName]);
    await this.#ceph.daemons.rest();
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { CephCluster } from '../../test/support/ceph-cluster.ts';
import type { CephPool } from '../../test/support/ceph-pool.ts';
import { processesOf } from '../../test/support/ceph-processes.ts';
import type { CpuTime } from './commands.ts';
import { cpuOfThreads } from './process-cpu.ts';
import type { Conditions } from './report.ts';
import type { RadosPlace } from './rados-place.ts';
import type { Workspace } from './workspace.ts';

const LOOK_MS = 100;
/** CPU of one look below which the daemons count as idle: 5 % of a core, for what they always do. */
const IDLE_MS = 5;

const Version = z.object({ version: z.string() });
const Osds = z.object({ num_up_osds: z.int() });
const PoolFacts = z.object({ size: z.int() });
const Groups = z.object({ pg_num: z.int() });

/** A cluster, and the CPU of those of its daemons that run on this machine. */
export class CephUnderLoad {
  readonly cluster: CephCluster;
  readonly #daemonFolder: string;
  readonly #restLimitMs: number;
  #restless = 0;

  /** Daemons of the cluster have files in `daemonFolder` on their command lines. */
  constructor(cluster: CephCluster, o: { daemonFolder: string; restLimitMs: number }) {
    this.cluster = cluster;
    this.#daemonFolder = o.daemonFolder;
    this.#restLimitMs = o.restLimitMs;
  }

  /** Daemons on this machine; empty for a cluster elsewhere. */
  get daemons(): readonly string[] {
    return processesOf(this.#daemonFolder).map(({ name }) => name);
  }

  /** CPU of these daemons since their start: they share the cores with whoever is measured. */
  async cpu(): Promise<CpuTime> {
    const totalMs = processesOf(this.#daemonFolder).reduce((sum, { pid }) => sum + cpuOfThreads(pid), 0);
    return { totalMs, loopMs: totalMs };
  }

  /** Waits until the daemons have done what was left behind the answers, for a bounded time; `conditions` counts when it was over before. */
  async rest(): Promise<void> {
    const end = performance.now() + this.#restLimitMs;
    for (let last = (await this.cpu()).totalMs; ; ) {
      await wait(LOOK_MS);
      const { totalMs } = await this.cpu();
      if (totalMs - last < IDLE_MS) return;
      last = totalMs;
      if (performance.now() > end) break;
    }
    this.#restless += 1;
  }

  /** A new pool with a user of its own, which goes with the run. */
  async createPool(workspace: Workspace): Promise<CephPool> {
    const pool = await this.cluster.createPool();
    workspace.defer(() => pool.remove());
    return pool;
  }

  /** Where objects of a pool lie for the commands and for us. */
  place({ name, user }: CephPool, namespace: string): RadosPlace {
    return { confFile: this.cluster.confFile, user, pool: name, namespace };
  }

  /** Facts under which figures on this cluster hold. */
  async conditions({ name }: CephPool): Promise<Conditions> {
    const { version } = Version.parse(await this.cluster.admin(['version']));
    const { num_up_osds: osds } = Osds.parse(await this.cluster.admin(['osd', 'stat']));
    const { size } = PoolFacts.parse(await this.cluster.admin(['osd', 'pool', 'get', name, 'size']));
    const { pg_num: groups } = Groups.parse(await this.cluster.admin(['osd', 'pool', 'get', name, 'pg_num']));
    const here = this.daemons;
    return {
      ceph: version,
      cephCluster: this.cluster.isOurs
        ? 'started for this run: BlueStore on files, all on loopback'
        : 'given',
      osds,
      poolCopies: size,
      placementGroups: groups,
      cephDaemonsOnThisMachine: here.length === 0 ? 'none' : here.toSorted().join(' '),
      daemonsNotAtRestBetweenCases: this.#restless,
    };
  }
}

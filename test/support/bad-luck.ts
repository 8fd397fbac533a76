import { setTimeout as wait } from 'node:timers/promises';
import type { CephCluster } from './ceph-cluster.ts';
import type { CephDaemon } from './ceph-daemon.ts';
import type { Draw } from './store-model/outcomes.ts';

/** Something that happens to a cluster and passes. */
export interface BadLuck {
  readonly name: string;
  run(cluster: CephCluster, draw: Draw): Promise<void>;
}

/**
 * What daemons suffer. How long each lasts is what is tried, so it is waited for: below and above the op time-out of the stores that work meanwhile.
 */
export const BAD_LUCK: readonly BadLuck[] = [
  {
    name: 'an OSD is killed and revived',
    async run(cluster, draw) {
      const osd = anOsd(cluster, draw);
      await osd.kill();
      await wait(500 + draw(3000));
      await osd.revive();
    },
  },
  {
    name: 'an OSD is silent for a while',
    run: (cluster, draw) => silent([anOsd(cluster, draw)], 1000 + draw(7000)),
  },
  {
    name: 'all OSDs are silent for a while',
    run: (cluster, draw) => silent(cluster.osds, 4000 + draw(8000)),
  },
  {
    name: 'an OSD is silent, then killed with all that waited for it',
    async run(cluster, draw) {
      const osd = anOsd(cluster, draw);
      await osd.pause();
      await wait(1000 + draw(5000));
      await osd.kill();
      await wait(draw(2000));
      await osd.revive();
    },
  },
  {
    name: 'the monitor is silent while an OSD is killed',
    async run(cluster, draw) {
      const osd = anOsd(cluster, draw);
      await cluster.monitor.pause();
      await osd.kill();
      await wait(1000 + draw(3000));
      await cluster.monitor.resume();
      await osd.revive();
    },
  },
];

/** Silences daemons for a time. */
export async function silent(daemons: readonly CephDaemon[], forMs: number): Promise<void> {
  for (const daemon of daemons) await daemon.pause();
  await wait(forMs);
  for (const daemon of daemons) await daemon.resume();
}

function anOsd(cluster: CephCluster, draw: Draw): CephDaemon {
  return cluster.osd(draw(cluster.osds.length));
}

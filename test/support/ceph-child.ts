import { CephCluster } from './ceph-cluster.ts';

/** Starts a cluster, names its configuration on standard output and runs until something ends it. */
const cluster = await CephCluster.start();
process.stdout.write(`${cluster.confFile}\n`);
setInterval(() => undefined, 60_000);

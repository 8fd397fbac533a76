import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** How many OSDs a cluster has. */
export const OSD_COUNT = 3;

/** What a new cluster is called and where its monitor listens. */
export interface CephIdentity {
  readonly folder: string;
  /** UUID of the cluster. */
  readonly fsid: string;
  /** `[v2:127.0.0.1:PORT,v1:127.0.0.1:PORT]`. */
  readonly monitor: string;
}

/** Two ports that are free now, as the address of a monitor. Another process may take one before the monitor does. */
export async function freeMonitorAddress(): Promise<string> {
  const [a, b] = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of [a, b]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    ports.push(address.port);
  }
  for (const server of [a, b]) {
    server.close();
    await once(server, 'close');
  }
  return `[v2:127.0.0.1:${ports[0]},v1:127.0.0.1:${ports[1]}]`;
}

/** Path of the configuration file in the folder of a cluster. */
export function confFileOf(folder: string): string {
  return join(folder, 'ceph.conf');
}

/**
 * The configuration of a throw-away cluster: all on loopback, all data below one folder, keys checked everywhere.
 *
 * @see spec/test-ceph.md, "Start", step 3
 */
export function cephConf({ folder, fsid, monitor }: CephIdentity): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitor}
public network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/run/$name.log
crash dir = ${folder}/run
keyring = ${folder}/$name.keyring
mon data = ${folder}/mon
mgr data = ${folder}/mgr
osd data = ${folder}/osd$id
mon cluster log file = ${folder}/run/cluster.log
# a test machine may have a nearly full disk
mon data avail crit = 1
mon data avail warn = 2
# how long a change waits for others to be announced with it, and how often statistics are sent: tests wait for both
paxos propose interval = 0.1
osd mon report interval = 1
mgr stats period = 1
mgr tick period = 1
# with each beat an OSD looks how full it is; how long a silent one is waited for stays as it is
osd heartbeat interval = 2
# a revived OSD catches up as fast as it can, whatever the calls meanwhile
osd recovery sleep = 0
osd recovery sleep hdd = 0
osd recovery max active = 32
osd max backfills = 32
# a scrub that a test asks for begins at once, of all placement groups
osd max scrubs = 32
osd scrub backoff ratio = 0
mon allow pool delete = true
mon max pg per osd = 1000
osd pool default size = 2
osd pool default min size = 1
# it splits placement groups in the middle of a test
osd pool default pg autoscale mode = off
# all OSDs share one host
osd crush chooseleaf type = 0
osd objectstore = bluestore
# a sparse file; 0.3 GB of it is used at once
bluestore block size = 4294967296
# the least it takes
osd memory target = 939524096

[client]
admin socket = ${folder}/run/$name.$pid.$cctid.asok
`;
}

/**
 * The configuration of a given cluster with keyrings of new users in a folder of our own. Later sections win, and
 * those of a user win over `[client]`.
 *
 * @param adminKeyring - where the given configuration finds the key of `client.admin`
 */
export function derivedConf(given: string, { folder, adminKeyring }: DerivedPlaces): string {
  return `${given}
[client]
keyring = ${folder}/$name.keyring
[client.admin]
keyring = ${adminKeyring}
`;
}

/** Where a derived configuration keeps its keys. */
export interface DerivedPlaces {
  readonly folder: string;
  readonly adminKeyring: string;
}

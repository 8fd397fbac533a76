import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { TestCa } from './certificates.ts';
import { askEtcd, type EtcdTls } from './etcd-ask.ts';
import { EtcdMember } from './etcd-member.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { hasSystemTool } from './system-tool.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** A real etcd cluster of one test file, on an address of its own, with data that ends with it. */
export interface EtcdCluster extends AsyncDisposable {
  /** Client URLs of all members. */
  readonly endpoints: readonly string[];
  readonly members: readonly EtcdMember[];
  /** What its clients need; only with TLS. */
  readonly tls: EtcdTls | undefined;
  /** The leader that most members know, itself running; waits for it. */
  leader(): Promise<EtcdMember>;
  /** Runs `etcdctl` on all endpoints and gives what it printed. */
  etcdctl(...args: readonly string[]): Promise<string>;
  /** Starts a member more, as a learner or as a voter. */
  grow(kind: 'learner' | 'voter'): Promise<EtcdMember>;
  close(): Promise<void>;
}

/** How a cluster is started. */
export interface EtcdClusterOptions {
  readonly members: 1 | 3 | 5;
  /** Clients need a certificate of a CA made for this cluster. */
  readonly tls?: boolean;
  /** `host:port` for the clients of the first member, where somebody else has been before. */
  readonly listen?: string;
}

interface Place {
  readonly scratch: Scratch;
  readonly host: string;
  readonly token: string;
  readonly pki: Pki | undefined;
}

interface Pki extends EtcdTls {
  readonly args: readonly string[];
  readonly etcdctlArgs: readonly string[];
}

interface Address {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
}

/** Says whether a test may use etcd; see `hasSystemTool`. */
export function hasEtcd(t: TestContext): boolean {
  return hasSystemTool(t, 'etcd') && hasSystemTool(t, 'etcdctl');
}

/** Starts a cluster and waits until every member answers linearizable reads: 0.5 s for 1 member, 1.5 s for 3. */
export async function startEtcdCluster(options: EtcdClusterOptions): Promise<EtcdCluster> {
  const scratch = await openScratch();
  // the whole of 127/8 is loopback: an address of its own keeps the ports of a killed member free until it comes back
  const host = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const pki = options.tls === true ? await makePki(scratch, host) : undefined;
  const place: Place = { scratch, host, token: randomBytes(8).toString('hex'), pki };
  const addresses: Address[] = [];
  for (let i = 0; i < options.members; i++)
    addresses.push(await addressOf(place, `m${i}`, i === 0 ? options.listen : undefined));
  const cluster = new OwnCluster(place);
  try {
    await cluster.start(addresses);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

class OwnCluster implements EtcdCluster {
  readonly members: EtcdMember[] = [];
  readonly #place: Place;
  #addresses: readonly Address[] = [];
  #closing: Promise<void> | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ clientUrl }) => clientUrl);
  }

  get tls(): EtcdTls | undefined {
    return this.#place.pki;
  }

  async start(addresses: readonly Address[]): Promise<void> {
    this.#addresses = addresses;
    for (const address of addresses) this.members.push(await this.#launch(address, 'new'));
    await Promise.all(this.members.map((member) => member.healthy()));
  }

  async leader(): Promise<EtcdMember> {
    let found: EtcdMember | undefined;
    await until('the cluster has a leader', async () => {
      const said = await Promise.all(this.members.map((member) => member.status()));
      const leader = said.find(
        (one) =>
          one !== undefined && said.filter((other) => other?.leader === one.leader).length * 2 > said.length,
      )?.leader;
      found = this.members[said.findIndex((one) => one !== undefined && one.member === leader)];
      return found !== undefined;
    });
    if (found === undefined) throw new Error('no leader');
    return found;
  }

  async etcdctl(...args: readonly string[]): Promise<string> {
    const own = [
      `--endpoints=${this.endpoints.join(',')}`,
      '--command-timeout=10s',
      ...(this.#place.pki?.etcdctlArgs ?? []),
    ];
    const { stdout } = await run('etcdctl', [...own, ...args], {
      env: { PATH: process.env['PATH'], ETCDCTL_API: '3' },
      maxBuffer: 64 * 2 ** 20,
    });
    return stdout;
  }

  async grow(kind: 'learner' | 'voter'): Promise<EtcdMember> {
    const address = await addressOf(this.#place, `m${this.#addresses.length}`);
    const how = kind === 'learner' ? ['--learner'] : [];
    // refused until all members have been connected for 5 s
    await until(`${address.name} is let in`, async () => {
      await this.etcdctl('member', 'add', address.name, `--peer-urls=${address.peerUrl}`, ...how);
      return true;
    });
    this.#addresses = [...this.#addresses, address];
    const member = await this.#launch(address, 'existing');
    this.members.push(member);
    // a learner answers no linearizable read
    await until(`${address.name} takes part`, async () => {
      const status = await member.status();
      return status !== undefined && status.leader !== '0';
    });
    return member;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all(this.members.map((member) => member.kill())).then(() =>
      this.#place.scratch[Symbol.asyncDispose](),
    );
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #launch(address: Address, state: 'new' | 'existing'): Promise<EtcdMember> {
    const { scratch, pki } = this.#place;
    const directory = scratch.at(address.name);
    await mkdir(directory, { mode: 0o700 });
    const member = new EtcdMember({
      name: address.name,
      clientUrl: address.clientUrl,
      args: [...memberArgs(address, this.#place, directory), ...this.#clusterArgs(state)],
      logFile: scratch.at(`${address.name}.log`),
      ask: askEtcd(pki),
    });
    member.launch();
    return member;
  }

  #clusterArgs(state: 'new' | 'existing'): string[] {
    const all = this.#addresses.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
    return [`--initial-cluster=${all}`, `--initial-cluster-state=${state}`];
  }
}

function memberArgs(address: Address, { token, pki }: Place, directory: string): string[] {
  return [
    `--name=${address.name}`,
    `--data-dir=${directory}`,
    `--listen-client-urls=${address.clientUrl}`,
    `--advertise-client-urls=${address.clientUrl}`,
    `--listen-peer-urls=${address.peerUrl}`,
    `--initial-advertise-peer-urls=${address.peerUrl}`,
    `--initial-cluster-token=${token}`,
    '--pre-vote=true',
    '--strict-reconfig-check=true',
    '--logger=zap',
    '--log-level=warn',
    ...(pki?.args ?? []),
  ];
}

async function addressOf({ host, pki }: Place, name: string, listen?: string): Promise<Address> {
  const scheme = pki === undefined ? 'http' : 'https';
  const client = listen ?? `${host}:${await freePort(host)}`;
  return {
    name,
    clientUrl: `${scheme}://${client}`,
    peerUrl: `http://${host}:${await freePort(host)}`,
  };
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  server.close();
  await once(server, 'close');
  return address.port;
}

async function makePki(scratch: Scratch, host: string): Promise<Pki> {
  const ca = await TestCa.make(scratch, 'etcd-ca');
  // etcd's own gateway is a client of its server and shows the same certificate: no usage, so that it may be both
  const server = await ca.issue({
    subject: '/CN=etcd-cluster',
    altNames: `IP:${host},IP:127.0.0.1,DNS:localhost`,
  });
  const client = await ca.issue({ subject: '/CN=client', usage: 'clientAuth' });
  const [caPem, cert, key] = await Promise.all(
    [ca.certFile, client.certFile, client.keyFile].map((file) => readFile(file, 'utf8')),
  );
  if (caPem === undefined || cert === undefined || key === undefined) throw new Error('no certificates');
  return {
    ca: caPem,
    cert,
    key,
    args: [
      '--client-cert-auth',
      `--trusted-ca-file=${ca.certFile}`,
      `--cert-file=${server.certFile}`,
      `--key-file=${server.keyFile}`,
    ],
    etcdctlArgs: [`--cacert=${ca.certFile}`, `--cert=${client.certFile}`, `--key=${client.keyFile}`],
  };
}

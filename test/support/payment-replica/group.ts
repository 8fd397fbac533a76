import { mkdir } from 'node:fs/promises';
import { decodeChannel } from '../../../src/payments/records/channel-record.ts';
import type { PaymentKeys } from '../../../src/payments/payment-keys.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { EtcdStateStore } from '../../../src/state/etcd/etcd-state-store.ts';
import type { EtcdCluster } from '../etcd-cluster.ts';
import { openScratch, type Scratch } from '../scratch.ts';
import { until } from '../until.ts';
import { ReplicaProcess } from './process.ts';
import { keysOf } from './settings.ts';

/** Replicas behind one payment address, and an eye on what they write. */
export class ReplicaGroup implements AsyncDisposable {
  readonly state: EtcdStateStore;
  readonly keys: PaymentKeys;
  readonly lockTtlMs: number;
  readonly #cluster: EtcdCluster;
  readonly #network: string;
  readonly #scratch: Scratch;
  readonly #running = new Set<ReplicaProcess>();

  private constructor(
    cluster: EtcdCluster,
    network: string,
    parts: { readonly scratch: Scratch; readonly state: EtcdStateStore; readonly lockTtlMs: number },
  ) {
    this.#cluster = cluster;
    this.#network = network;
    this.#scratch = parts.scratch;
    this.state = parts.state;
    this.lockTtlMs = parts.lockTtlMs;
    this.keys = keysOf(network);
  }

  /** @param network - a name that no other test of the cluster has */
  static async open(cluster: EtcdCluster, network: string, lockTtlMs = 3000): Promise<ReplicaGroup> {
    const scratch = await openScratch();
    const state = await EtcdStateStore.open({ endpoints: cluster.endpoints });
    return new ReplicaGroup(cluster, network, { scratch, state, lockTtlMs });
  }

  /** Where the uploads of a replica are. */
  directoryOf(replica: number): string {
    return this.#scratch.at(`replica-${replica}`);
  }

  /** Starts a replica, or starts it again. */
  async start(replica: number): Promise<ReplicaProcess> {
    const directory = this.directoryOf(replica);
    await mkdir(directory, { recursive: true });
    const { endpoints } = this.#cluster;
    const { lockTtlMs } = this;
    const child = await ReplicaProcess.start({
      endpoints,
      network: this.#network,
      replica,
      lockTtlMs,
      directory,
    });
    this.#running.add(child);
    return child;
  }

  /** What is authorized on a channel, and by which operation, in hex. */
  async record(
    channelId: bigint,
    state: StateStore = this.state,
  ): Promise<{ readonly amount: bigint; readonly op: string }> {
    const record = await state.get(this.keys.channel(channelId));
    if (record === undefined) return { amount: 0n, op: '' };
    const { authorizedAmount, op } = decodeChannel(record.value);
    return { amount: authorizedAmount, op: Buffer.from(op).toString('hex') };
  }

  /** Whether nobody has the channel. */
  async isFree(channelId: bigint): Promise<boolean> {
    return (await this.state.get(this.keys.lock(channelId))) === undefined;
  }

  /** Waits until the channel is free, and fails after a bound. */
  async free(channelId: bigint, limitMs: number): Promise<void> {
    await until(`channel ${channelId} is free`, () => this.isFree(channelId), limitMs);
  }

  /** Waits until so many replicas are known to live. */
  async living(replicas: number): Promise<void> {
    await until(`${replicas} replicas live`, async () => {
      const { records } = await this.state.range(this.keys.lives);
      return records.length === replicas;
    });
  }

  /** Waits until no mark of a paid upload is left. */
  async unmarked(): Promise<void> {
    await until('no mark is left', async () => {
      const { records } = await this.state.range(this.keys.paidMarks);
      return records.length === 0;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((replica) => replica.kill()));
    await this.state.close();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

/** A version of a channel. */
export interface Version {
  readonly amount: bigint;
  /** In hex. */
  readonly op: string;
  /** The replica that took it. */
  readonly by: number;
}

/** Every version that a channel has from now on, for as long as the signal lasts; a right to repeat is no version. */
export function versionsOf(
  { state, keys }: ReplicaGroup,
  channelId: bigint,
  signal: AbortSignal,
): { readonly versions: Version[]; readonly ended: Promise<void> } {
  const versions: Version[] = [];
  const key = keys.channel(channelId);
  const follow = async (): Promise<void> => {
    for await (const changes of state.watch(key, {}, { signal }))
      for (const change of changes) {
        if (!('put' in change) || change.put.key !== key) continue;
        const { authorizedAmount: amount, op, by, repeat } = decodeChannel(change.put.value);
        if (!repeat) versions.push({ amount, op: Buffer.from(op).toString('hex'), by });
      }
  };
  const ended = follow().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return { versions, ended };
}

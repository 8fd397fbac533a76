import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { ChannelWallet, ProvenderClient } from '../../src/rpc/client/index.ts';
import type { EvmAccount } from '../../src/cli/devnet/evm/evm-account.ts';
import type { Evm } from './evm.ts';
import { type NodeProcess, startNode } from './node-process.ts';
import type { Scratch } from './scratch.ts';

/** What the calls of a provider cost. */
const SCHEDULE = {
  version: 1,
  default: { perCall: '0', perKiB: '0' },
  methods: {
    SetShare: { perCall: '1', perKiB: '2' },
    SetShares: { perCall: '1', perKiB: '2' },
    SetFile: { perCall: '1', perKiB: '2' },
    GetShare: { perCall: '0', perKiB: '1' },
    GetFile: { perCall: '0', perKiB: '1' },
  },
};

/** A provider on a real chain: starts its replicas, and clients that pay them. */
export class PaidProvider {
  readonly #scratch: Scratch;
  readonly #evm: Evm;
  /** `host:port` of the members of etcd; none: each node has its own state. */
  readonly #etcd: readonly string[];

  constructor(parts: { scratch: Scratch; evm: Evm; etcd?: readonly string[] }) {
    this.#scratch = parts.scratch;
    this.#evm = parts.evm;
    this.#etcd = parts.etcd ?? [];
  }

  /** Starts a replica, or starts it again on its data. */
  async replica(replicaId: number): Promise<NodeProcess> {
    const args = ['--config', await this.settingsFile(replicaId)];
    return await startNode({ dataDir: this.#scratch.at(`replica-${replicaId}`), args });
  }

  /** Writes the settings of a replica. @returns path */
  async settingsFile(replicaId: number): Promise<string> {
    const file = this.#scratch.at(`replica-${replicaId}.yaml`);
    await writeFile(file, stringify(this.#settings(replicaId)));
    return file;
  }

  /** A client of a node that pays from a channel; those of one payer share its wallet. */
  async client(node: NodeProcess, channelId: bigint, payer: EvmAccount): Promise<ProvenderClient> {
    const key = { privateKey: payer.privateKey, address: payer.address };
    const payments = new ChannelWallet({ key, directory: this.#scratch.at('wallet'), channelId });
    return await ProvenderClient.open({ address: node.address, payments });
  }

  #settings(replicaId: number): object {
    const { escrow, groupId, provider, url } = this.#evm;
    return {
      replicaId,
      ...(this.#etcd.length > 0 && { stateStore: 'etcd', etcdEndpoints: this.#etcd }),
      payments: {
        mode: 'mpe',
        network: 'local',
        evmChainId: Number(escrow.evmChainId),
        rpc: [url],
        organization: 'test',
        groupId: Buffer.from(groupId).toString('base64'),
        paymentAddress: provider.address,
        mpeAddress: escrow.mpe,
        schedule: SCHEDULE,
      },
    };
  }
}

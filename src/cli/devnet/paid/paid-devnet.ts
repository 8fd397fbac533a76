import { join, resolve } from 'node:path';
import { writeDurably } from '../../../node/durable-file.ts';
import { ChannelWallet, type PaidEvent, ProvenderClient } from '../../../rpc/client/index.ts';
import { NodeProcess } from '../node-process.ts';
import { EtcdProcess } from './etcd-process.ts';
import { type FoundedPaidDevnet, foundPaidDevnet, keyFiles, type PaidFounding } from './found-paid-devnet.ts';
import { paidSettings } from './paid-settings.ts';

/** What a devnet with payments is made of. */
export interface PaidDevnetOptions extends PaidFounding {
  /** Arguments of Node that run this program: those of this process, unless told. */
  readonly program?: readonly string[];
}

/** A replica of the provider, in a process of its own. */
export interface PaidReplica {
  readonly address: string;
  readonly httpAddress: string;
  readonly process: NodeProcess;
}

const HOST = '127.0.0.1';

/**
 * A provider that is paid on a chain of its own: a local EVM with the real contract, one node or several replicas over etcd, and a client with a
 * channel. States: open (from `open`), closed. What fails to open is ended again.
 */
export class PaidDevnet implements AsyncDisposable {
  readonly founded: FoundedPaidDevnet;
  readonly directory: string;
  readonly replicas: PaidReplica[] = [];
  #etcd: EtcdProcess | undefined;

  private constructor(directory: string, founded: FoundedPaidDevnet) {
    this.directory = directory;
    this.founded = founded;
  }

  /** Starts all parts and waits until the nodes take work. @throws ProvenderError as `foundPaidDevnet`; `PROVENDER_UNAVAILABLE` with the last words of a node */
  static async open(options: PaidDevnetOptions): Promise<PaidDevnet> {
    const directory = resolve(options.directory);
    const founded = await foundPaidDevnet({ ...options, directory });
    const devnet = new PaidDevnet(directory, founded);
    try {
      await devnet.#start(options);
      return devnet;
    } catch (error) {
      await devnet.close();
      throw error;
    }
  }

  /** A client of a replica that pays from the channel. Those of all replicas share one wallet file. */
  async client(replica: PaidReplica, onPaid: (event: PaidEvent) => void): Promise<ProvenderClient> {
    const { client: key, facts } = this.founded;
    const directory = `${keyFiles(this.directory).client}.channels`;
    const payments = new ChannelWallet({
      key,
      directory,
      channelId: facts.channelId,
      mpe: facts.mpe,
      onPaid,
    });
    return await ProvenderClient.open({ address: replica.address, channels: 1, payments });
  }

  /** Ends the nodes in order, then what they stand on. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ process }) => process.end()));
    await this.#etcd?.close();
    await this.founded.anvil.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start({ program, onStep }: PaidDevnetOptions): Promise<void> {
    const { facts, provider } = this.founded;
    const settings = join(this.directory, 'provender.yaml');
    await writeDurably(settings, paidSettings(facts, provider.address), { mode: 0o644, exclusive: false });
    if (facts.etcdPorts !== undefined) this.#etcd = await EtcdProcess.open(this.directory, facts.etcdPorts);
    for (const [i, { grpc, http }] of facts.replicas.entries()) {
      const name = `node-${i + 1}`;
      const [address, httpAddress] = [`${HOST}:${grpc}`, `${HOST}:${http}`];
      const args = [
        '--config',
        settings,
        '--data-dir',
        join(this.directory, name),
        '--replica-id',
        String(i + 1),
      ];
      args.push('--listen', address, '--http-listen', httpAddress, '--hash-threads', '1');
      const logFile = join(this.directory, `${name}.log`);
      const process = new NodeProcess({ name, args, logFile, ...(program && { program }) });
      this.replicas.push({ address, httpAddress, process });
    }
    await Promise.all(this.replicas.map(({ process }) => process.ready()));
    const shared = facts.etcdPorts === undefined ? '' : ' which share their channels in etcd';
    const which =
      this.replicas.length === 1 ? 'a node takes' : `${this.replicas.length} replicas${shared} take`;
    onStep('ready', `${which} payments: ${this.replicas.map(({ address }) => address).join(', ')}`);
  }
}

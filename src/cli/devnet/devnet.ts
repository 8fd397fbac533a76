import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { NetworkParameters } from '../../placement/registry/network-parameters.ts';
import { type DevnetNode, foundDevnet, type FoundedDevnet, readDevnet } from './found-devnet.ts';
import { NodeProcess } from './node-process.ts';

/** What a devnet is made of. */
export interface DevnetOptions {
  /** Holds the genesis file and the directories and logs of all nodes. One with a network in it goes on with that. */
  readonly directory: string;
  readonly storers: number;
  /** Arguments of Node that run this program: those of this process, unless told. */
  readonly program?: readonly string[];
  /** Of a new network, where they are not those of a devnet. */
  readonly parameters?: Partial<NetworkParameters>;
  /** Settings that every node gets besides, as flags. */
  readonly settings?: readonly string[];
  /** Ends the nodes while they start. */
  readonly signal?: AbortSignal;
  /** Told each node that takes work. */
  readonly onReady?: (node: RunningNode) => void;
}

/** A node of a devnet with its process. */
export interface RunningNode extends DevnetNode {
  readonly process: NodeProcess;
}

/**
 * A whole network of real nodes on this machine: each a process of its own on loopback, on the embedded store. The first one is the primary; all are
 * storers. States: open (from `open`), closed. What fails to open is ended again.
 */
export class Devnet implements AsyncDisposable {
  readonly genesisFile: string;
  /** The network was here before. */
  readonly isKnown: boolean;
  readonly #options: DevnetOptions;
  readonly #nodes: RunningNode[] = [];

  private constructor(options: DevnetOptions, founded: FoundedDevnet & { isKnown: boolean }) {
    this.#options = options;
    this.genesisFile = founded.genesisFile;
    this.isKnown = founded.isKnown;
  }

  /**
   * Founds the network where there is none, starts its nodes and waits until all take work.
   * @throws ProvenderError `PROVENDER_CONFIG` when the directory has another network; `PROVENDER_UNAVAILABLE` with the last words of a node that ended
   */
  static async open(options: DevnetOptions): Promise<Devnet> {
    const directory = resolve(options.directory);
    await mkdir(directory, { recursive: true });
    const known = await readDevnet(directory, options.storers);
    const founded = known ?? (await foundDevnet(directory, options.storers, options.parameters));
    const devnet = new Devnet({ ...options, directory }, { ...founded, isKnown: known !== undefined });
    const onAbort = (): void => void devnet.close();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.all(founded.nodes.map((node) => devnet.#start(node)));
      return devnet;
    } catch (error) {
      await devnet.close();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  /** In the order of their names. */
  get nodes(): readonly RunningNode[] {
    return this.#nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Starts a node again that has ended. */
  async restart(node: RunningNode): Promise<void> {
    await node.process.end();
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    await this.#start(node);
  }

  /** Ends all nodes in order. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ process }) => process.end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(node: DevnetNode): Promise<void> {
    const { directory, program, settings = [] } = this.#options;
    const process = new NodeProcess({
      name: node.name,
      ...(program === undefined ? {} : { program }),
      args: [...argumentsOf(node, this.genesisFile), ...settings],
      logFile: join(directory, `${node.name}.log`),
    });
    const running = { ...node, process };
    this.#nodes.push(running);
    await process.ready();
    this.#options.onReady?.(running);
  }
}

function argumentsOf(node: DevnetNode, genesisFile: string): string[] {
  const place = ['--data-dir', node.dataDir, '--listen', node.address, '--http-listen', node.httpAddress];
  const network = ['--network', genesisFile, ...(node.isPrimary ? ['--primary'] : [])];
  return [...place, ...network, '--hash-threads', '1'];
}

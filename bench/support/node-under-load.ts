import type { Child } from '../framework/child.ts';
import type { CephUnderLoad } from '../framework/ceph-under-load.ts';
import type { RadosPlace } from '../framework/rados-place.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { ClientCommands } from './client-process.ts';
import type { Ends } from './measured-call.ts';
import type { NodeCommands } from './node-process.ts';
import type { StoreName } from './open-store.ts';

async function startClient(
  workspace: Workspace,
  name: string,
  address: string,
): Promise<Child<ClientCommands>> {
  const client = await workspace.start<ClientCommands>(name, new URL('client-process.ts', import.meta.url));
  await client.call('connect', { address });
  return client;
}

/** Where a store on RADOS lies, and the daemons that serve it. */
export interface CephStore {
  readonly rados: RadosPlace;
  readonly daemons: CephUnderLoad;
}

/** A node in a process of its own and a client that loads it from another one. */
export class NodeUnderLoad {
  readonly store: StoreName;
  readonly server: Child<NodeCommands>;
  readonly client: Child<ClientCommands>;
  /** `host:port` of the node. */
  readonly address: string;
  readonly #ceph: CephStore | undefined;

  private constructor(parts: {
    store: StoreName;
    server: Child<NodeCommands>;
    client: Child<ClientCommands>;
    address: string;
    ceph?: CephStore;
  }) {
    this.store = parts.store;
    this.server = parts.server;
    this.client = parts.client;
    this.address = parts.address;
    this.#ceph = parts.ceph;
  }

  /** Starts both; the node's directory is a new folder of the workspace, and so is its store unless it lies on RADOS. Bytes are kept plain unless `profile` says otherwise. */
  static async start(
    workspace: Workspace,
    store: StoreName,
    { ceph, profile = 'none' }: { ceph?: CephStore | undefined; profile?: string } = {},
  ): Promise<NodeUnderLoad> {
    const server = await workspace.start<NodeCommands>(
      `${store} node`,
      new URL('node-process.ts', import.meta.url),
    );
    const place = { store, directory: await workspace.folder(store), profile };
    const address = await server.call('open', ceph === undefined ? place : { ...place, rados: ceph.rados });
    const client = await startClient(workspace, `${store} client`, address);
    return new NodeUnderLoad({ store, server, client, address, ...(ceph === undefined ? {} : { ceph }) });
  }

  /** Starts another client in a process of its own; whoever asked for it stops it. */
  async addClient(workspace: Workspace): Promise<Child<ClientCommands>> {
    return startClient(workspace, `another ${this.store} client`, this.address);
  }

  get ends(): Ends {
    const ends = { client: this.client, server: this.server };
    return this.#ceph === undefined ? ends : { ...ends, daemons: this.#ceph.daemons };
  }

  /** Ends both in order: client, then server and store. */
  async stop(): Promise<void> {
    await this.client.stop(() => this.client.call('disconnect', undefined));
    await this.server.stop(() => this.server.call('close', undefined));
  }
}

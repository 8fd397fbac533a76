import type { Child } from '../framework/child.ts';
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

/** A node in a process of its own and a client that loads it from another one. */
export class NodeUnderLoad {
  readonly store: StoreName;
  readonly server: Child<NodeCommands>;
  readonly client: Child<ClientCommands>;
  /** `host:port` of the node. */
  readonly address: string;

  private constructor(parts: {
    store: StoreName;
    server: Child<NodeCommands>;
    client: Child<ClientCommands>;
    address: string;
  }) {
    this.store = parts.store;
    this.server = parts.server;
    this.client = parts.client;
    this.address = parts.address;
  }

  /** Starts both; the node's store lies in a new folder of the workspace. */
  static async start(workspace: Workspace, store: StoreName): Promise<NodeUnderLoad> {
    const server = await workspace.start<NodeCommands>(
      `${store} node`,
      new URL('node-process.ts', import.meta.url),
    );
    const address = await server.call('open', { store, directory: await workspace.folder(store) });
    const client = await startClient(workspace, `${store} client`, address);
    return new NodeUnderLoad({ store, server, client, address });
  }

  /** Starts another client in a process of its own; whoever asked for it stops it. */
  async addClient(workspace: Workspace): Promise<Child<ClientCommands>> {
    return startClient(workspace, `another ${this.store} client`, this.address);
  }

  get ends(): Ends {
    return { client: this.client, server: this.server };
  }

  /** Ends both in order: client, then server and store. */
  async stop(): Promise<void> {
    await this.client.stop(() => this.client.call('disconnect', undefined));
    await this.server.stop(() => this.server.call('close', undefined));
  }
}

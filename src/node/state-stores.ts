import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvenderError } from '../content/provender-error.ts';
import type { EtcdTls } from '../state/etcd/etcd-credentials.ts';
import type { EtcdEvents } from '../state/etcd/etcd-events.ts';
import { LevelStateStore } from '../state/level/level-state-store.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { etcdEvents } from './etcd-events.ts';
import type { Opened } from './opened.ts';
import type { NodeConfig } from './settings.ts';

/** What state stores are opened with. */
export interface StatePlace {
  readonly config: NodeConfig;
  /** The data directory. */
  readonly dataDir: string;
  readonly opened: Opened;
  readonly telemetry: Telemetry;
}

/**
 * The state stores of a node, opened when somebody needs them: its own, which nobody shares, and that of the payments, which replicas may share. With
 * `stateStore: level` they are one.
 */
export class StateStores {
  readonly #place: StatePlace;
  #own: Promise<StateStore> | undefined;

  constructor(place: StatePlace) {
    this.#place = place;
  }

  /** The embedded one. @throws ProvenderError as `LevelStateStore.open` */
  own(): Promise<StateStore> {
    this.#own ??= this.#openOwn();
    return this.#own;
  }

  /** The one that `stateStore` names. @throws ProvenderError `PROVENDER_CONFIG` for certificates that cannot be read, and what the adapter throws */
  async shared(): Promise<StateStore> {
    const { config, opened, telemetry } = this.#place;
    if (config.stateStore === 'level') return await this.own();
    const store = await openEtcd(config, etcdEvents(telemetry));
    return opened.add(store, (part) => part.close());
  }

  async #openOwn(): Promise<StateStore> {
    const { dataDir, opened } = this.#place;
    return opened.add(await openEmbedded(dataDir), (part) => part.close());
  }
}

/** Opens the state store that the settings name, to look at it. @throws ProvenderError as its adapter does, when its node has it for instance */
export async function openStateStore(config: NodeConfig, dataDir: string): Promise<StateStore> {
  return config.stateStore === 'level' ? await openEmbedded(dataDir) : await openEtcd(config);
}

function openEmbedded(dataDir: string): Promise<StateStore> {
  return LevelStateStore.open({ directory: join(dataDir, 'state') });
}

/** Connects to the etcd that the settings name. @throws ProvenderError `PROVENDER_CONFIG` for certificates that cannot be read, and what the adapter throws */
export async function openEtcd(config: NodeConfig, events?: EtcdEvents): Promise<StateStore> {
  // loaded here: a node that stands alone needs no client of etcd
  const { EtcdStateStore } = await import('../state/etcd/etcd-state-store.ts');
  const tls = await etcdTls(config);
  return await EtcdStateStore.open({
    endpoints: config.etcdEndpoints ?? [],
    ...(tls !== undefined && { tls }),
    ...(events !== undefined && { events }),
  });
}

async function etcdTls({ etcdCa, etcdCert, etcdKey }: NodeConfig): Promise<EtcdTls | undefined> {
  if (etcdCa === undefined) return undefined;
  const ca = await pem('etcdCa', etcdCa);
  if (etcdCert === undefined || etcdKey === undefined) return { ca };
  return { ca, cert: await pem('etcdCert', etcdCert), key: await pem('etcdKey', etcdKey) };
}

async function pem(setting: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProvenderError('PROVENDER_CONFIG', `${setting}: ${reason}`, { cause: error });
  }
}

import { rm } from 'node:fs/promises';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import type { Child } from '../framework/child.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import type { Workspace } from '../framework/workspace.ts';
import { Layers } from '../support/layers.ts';
import type { CephStore } from '../support/node-under-load.ts';
import type { PlainStorageCommands, StorageTimes } from '../support/plain-storage-process.ts';
import { MB } from '../support/rate.ts';
import { settle } from '../support/settle.ts';
import type { StoreCommands } from '../support/store-process.ts';
import {
  caseOf,
  type ComparedStore,
  DISK_STORES,
  IN_FLIGHT,
  PLAIN,
  plainVerb,
  type RoundSizes,
  STREAMS,
} from './cases.ts';

const support = (file: string): URL => new URL(`../support/${file}`, import.meta.url);
const PAGE = 64 * 1024;
const GROUP = 64;

/** CPU of a store alone, core-ms per MB; that of Ceph's daemons on this machine is in it. */
export const storeCpu = (name: string): string => `${name}: CPU`;

/** What the node is measured against: the layers under it, each alone, and plain storage. */
export class Peers {
  readonly #workspace: Workspace;
  readonly #layers: Layers;
  readonly #plain: Child<PlainStorageCommands>;
  readonly #stores: ReadonlyMap<ComparedStore, Child<StoreCommands>>;
  readonly #totalBytes: number;
  readonly #ceph: CephStore | undefined;

  private constructor(parts: {
    workspace: Workspace;
    layers: Layers;
    plain: Child<PlainStorageCommands>;
    stores: ReadonlyMap<ComparedStore, Child<StoreCommands>>;
    totalBytes: number;
    ceph: CephStore | undefined;
  }) {
    this.#workspace = parts.workspace;
    this.#layers = parts.layers;
    this.#plain = parts.plain;
    this.#stores = parts.stores;
    this.#totalBytes = parts.totalBytes;
    this.#ceph = parts.ceph;
  }

  /** @param ceph - where the store `rados` lies; without it there is none */
  static async start(workspace: Workspace, sizes: RoundSizes, ceph?: CephStore): Promise<Peers> {
    const totalBytes = sizes.chunks * BLOCK_SIZE;
    const layers = await Layers.start(workspace, {
      echoCalls: sizes.echoCalls,
      inFlight: IN_FLIGHT,
      streams: STREAMS,
      bytesEach: Math.ceil(totalBytes / STREAMS),
      hashMs: sizes.hashMs,
    });
    const plain = await workspace.start<PlainStorageCommands>(
      'plain storage',
      support('plain-storage-process.ts'),
    );
    const stores = new Map<ComparedStore, Child<StoreCommands>>();
    for (const store of ceph === undefined ? DISK_STORES : [...DISK_STORES, 'rados' as const]) {
      const child = await workspace.start<StoreCommands>(`${store} alone`, support('store-process.ts'));
      const place = { store, directory: await workspace.folder(`${store}-alone`) };
      await child.call('open', ceph === undefined ? place : { ...place, rados: ceph.rados });
      stores.set(store, child);
    }
    return new Peers({ workspace, layers, plain, stores, totalBytes, ceph });
  }

  /** bare gRPC both ways, echo and tree. */
  async measureLayers(rounds: Rounds): Promise<void> {
    await this.#layers.echo(rounds);
    await this.#layers.stream(rounds, 'upload');
    await this.#layers.stream(rounds, 'download');
    await this.#layers.hash(rounds);
  }

  /** The store in a process of its own: no gRPC, no hashes. */
  async measureStore(rounds: Rounds, store: ComparedStore): Promise<void> {
    const child = this.#stores.get(store);
    if (child === undefined) throw new Error(`no store ${store}`);
    const size = { streams: STREAMS, bytesEach: Math.ceil(this.#totalBytes / STREAMS) };
    const units = (size.streams * size.bytesEach) / MB;
    const parts =
      store === 'rados' && this.#ceph !== undefined ? { child, daemons: this.#ceph.daemons } : { child };
    const record = async (name: string, work: () => Promise<number>): Promise<void> => {
      const { result: ms, cost } = await measureCost(parts, work);
      rounds.add(name, (units / ms) * 1000);
      rounds.add(storeCpu(name), cost.cpuMs / units);
      await this.#rest(child, store);
    };
    await record(caseOf.storeWrite(store), () => child.call('writeFiles', size));
    await record(caseOf.storeRead(store), () => child.call('readFiles', size));
    await child.call('removeFiles', undefined);
    await this.#rest(child, store);
  }

  /** LevelDB and files without anything of Provender. */
  async measurePlain(rounds: Rounds): Promise<void> {
    const totalBytes = this.#totalBytes;
    const level = (valueBytes: number, group: number, inFlight: number) => (directory: string) =>
      this.#plain.call('level', { directory, totalBytes, valueBytes, group, inFlight });
    const files = (valueBytes: number, inFlight: number) => (directory: string) =>
      this.#plain.call('files', { directory, totalBytes, valueBytes, inFlight });
    await this.#record(rounds, PLAIN.levelEach, BLOCK_SIZE, level(BLOCK_SIZE, 1, IN_FLIGHT));
    await this.#record(rounds, PLAIN.levelGroups, BLOCK_SIZE, level(BLOCK_SIZE, GROUP, STREAMS));
    await this.#record(rounds, PLAIN.levelPages, MB, level(PAGE, GROUP, STREAMS));
    await this.#record(rounds, PLAIN.filesEach, BLOCK_SIZE, files(BLOCK_SIZE, IN_FLIGHT));
    await this.#record(rounds, PLAIN.filesLarge, MB, files(Math.ceil(totalBytes / STREAMS), STREAMS));
  }

  /** Closes the stores; their folders belong to the workspace. */
  async stop(): Promise<void> {
    for (const child of this.#stores.values()) await child.stop(() => child.call('close', undefined));
  }

  async #rest(child: Child<StoreCommands>, store: ComparedStore): Promise<void> {
    await settle(child);
    if (store === 'rados') await this.#ceph?.daemons.rest();
  }

  async #record(
    rounds: Rounds,
    name: string,
    unitBytes: number,
    work: (directory: string) => Promise<StorageTimes>,
  ): Promise<void> {
    const directory = await this.#workspace.folder('plain');
    const { writeMs, readMs, removeMs } = await work(directory);
    const perSecond = (ms: number): number => (this.#totalBytes / unitBytes / ms) * 1000;
    rounds.add(plainVerb.write(name), perSecond(writeMs));
    rounds.add(plainVerb.read(name), perSecond(readMs));
    rounds.add(plainVerb.remove(name), perSecond(removeMs));
    await rm(directory, { recursive: true });
  }
}

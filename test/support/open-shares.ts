import { generateKeyPairSync, sign } from 'node:crypto';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { FilesStore } from '../../src/objects/files/files-store.ts';
import { LevelStore } from '../../src/objects/level/level-store.ts';
import type { Signer } from '../../src/proof/commitment.ts';
import { blockRoots } from '../../src/proof/kernels.ts';
import type { TreeHasher } from '../../src/proof/tree-hasher.ts';
import type { SharesEvents } from '../../src/shares/shares.ts';
import { StoredShares, type StoredSharesOptions } from '../../src/shares/stored-shares.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { openScratch } from './scratch.ts';

/** A node key made by OpenSSL. */
export function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { publicKey: raw, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

/** Hashes on the calling thread, but answers later, as workers do. */
const inlineHasher: TreeHasher = {
  async blockRoots(data, out) {
    await Promise.resolve();
    blockRoots(data, out);
  },
};

/** A service over a store, with what it reported. */
export interface OpenShares<S extends ObjectStore = MemoryObjectStore> extends AsyncDisposable {
  readonly shares: StoredShares;
  readonly store: S;
  readonly signer: Signer;
  readonly reports: Parameters<SharesEvents['corrupt']>[0][];
}

/** Opens a service; over a memory store, with 1 GiB of limit, unless said otherwise. */
export async function openShares<S extends ObjectStore>(
  options: Partial<StoredSharesOptions> & { store: S },
): Promise<OpenShares<S>>;
export async function openShares(options?: Partial<StoredSharesOptions>): Promise<OpenShares>;
export async function openShares(
  options: Partial<StoredSharesOptions> = {},
): Promise<OpenShares<ObjectStore>> {
  const store = options.store ?? new MemoryObjectStore();
  const signer = options.signer ?? makeSigner();
  const reports: Parameters<SharesEvents['corrupt']>[0][] = [];
  const shares = await StoredShares.open({
    hasher: inlineHasher,
    limitBytes: 2 ** 30,
    events: { corrupt: (event) => reports.push(event) },
    ...options,
    store,
    signer,
  });
  const dispose = async (): Promise<void> => {
    await shares.close({ graceMs: 0 });
    await store.close();
  };
  return { shares, store, signer, reports, [Symbol.asyncDispose]: dispose };
}

/** A store that a test opens for itself, and what has to go with it. */
export interface TestStore extends AsyncDisposable {
  readonly store: ObjectStore;
}

/** Every kind of store, by name; each call opens one of its own. */
export const TEST_STORES: Readonly<Record<string, () => Promise<TestStore>>> = {
  memory: async () => {
    const store = new MemoryObjectStore();
    return { store, [Symbol.asyncDispose]: () => store.close() };
  },
  level: () => onDisk((directory) => LevelStore.open({ directory, reserveBytes: 0 })),
  files: () => onDisk((directory) => FilesStore.open({ directory, reserveBytes: 0 })),
};

async function onDisk(open: (directory: string) => Promise<ObjectStore>): Promise<TestStore> {
  const scratch = await openScratch();
  const store = await open(scratch.at('objects'));
  const dispose = async (): Promise<void> => {
    await store.close();
    await scratch[Symbol.asyncDispose]();
  };
  return { store, [Symbol.asyncDispose]: dispose };
}

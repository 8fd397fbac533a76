import { HASH_SIZE } from '../../src/content/geometry.ts';
import { FilesStore } from '../../src/objects/files/files-store.ts';
import { LevelStore } from '../../src/objects/level/level-store.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import { RadosStore } from '../../src/objects/rados/rados-store.ts';
import { MemoryObjectStore } from '../../test/support/memory-object-store.ts';
import type { RadosPlace } from '../framework/rados-place.ts';

/** Stores that a benchmark runs on; `memory` leaves the disk out. */
export type StoreName = 'memory' | 'level' | 'files' | 'rados';

/** Which store, and where. */
export interface OpenedPlace {
  readonly store: StoreName;
  /** Folder of the store; for `rados` that of the node's keys. */
  readonly directory: string;
  /** For `rados`. */
  readonly rados?: RadosPlace;
}

/** Decides the number of index objects: the smallest one for all that a benchmark stores. */
const RADOS_LIMIT = 2 ** 34;

async function openRados({ confFile, user, pool, namespace }: RadosPlace): Promise<ObjectStore> {
  const none = new Uint8Array(HASH_SIZE);
  let instances = 0;
  return RadosStore.open({
    connect: () => RadosCluster.connect({ configFile: confFile, user, instance: String(++instances) }),
    pool,
    namespace,
    networkId: none,
    storerPK: none,
    limitBytes: RADOS_LIMIT,
    podName: 'bench',
  });
}

/** Opens a store; `memory` needs no folder and keeps nothing. */
export async function openStore({ store, directory, rados }: OpenedPlace): Promise<ObjectStore> {
  if (store === 'memory') return new MemoryObjectStore();
  if (store === 'level') return LevelStore.open({ directory });
  if (store === 'files') return FilesStore.open({ directory });
  if (rados === undefined) throw new Error('store rados needs a place on RADOS');
  return openRados(rados);
}

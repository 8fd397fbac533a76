import { FilesStore } from '../../src/objects/files/files-store.ts';
import { LevelStore } from '../../src/objects/level/level-store.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { MemoryObjectStore } from '../../test/support/memory-object-store.ts';

/** Stores that a benchmark runs on; `memory` leaves the disk out. */
export type StoreName = 'memory' | 'level' | 'files';

/** Opens a store; `memory` needs no folder and keeps nothing. */
export async function openStore(name: StoreName, directory: string): Promise<ObjectStore> {
  if (name === 'memory') return new MemoryObjectStore();
  return name === 'level' ? LevelStore.open({ directory }) : FilesStore.open({ directory });
}

import { ProvenderError } from '../content/provender-error.ts';
import { FilesStore } from '../objects/files/files-store.ts';
import { LevelStore } from '../objects/level/level-store.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { NodeConfig } from './settings.ts';

/** The object stores that a node can run on, by the name that the configuration uses. */
export const STORE_ADAPTERS: Readonly<
  Record<NodeConfig['store'], (directory: string) => Promise<ObjectStore>>
> = {
  level: (directory) => LevelStore.open({ directory }),
  files: (directory) => FilesStore.open({ directory }),
  rados: () =>
    Promise.reject(new ProvenderError('PROVENDER_UNSUPPORTED', 'store rados is not wired in this build')),
};

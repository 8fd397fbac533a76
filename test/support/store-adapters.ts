import { FilesStore } from '../../src/objects/files/files-store.ts';
import { LevelStore } from '../../src/objects/level/level-store.ts';
import type { EmbeddedOptions } from '../../src/objects/embedded/options.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';

/** An adapter that keeps its data in a folder. */
export interface StoreAdapter {
  readonly name: string;
  readonly open: (options: EmbeddedOptions) => Promise<ObjectStore>;
}

/** The embedded adapters. */
export const EMBEDDED: readonly StoreAdapter[] = [
  { name: 'level', open: (options) => LevelStore.open(options) },
  { name: 'files', open: (options) => FilesStore.open(options) },
];

/** An adapter by its name. */
export function embeddedAdapter(name: string | undefined): StoreAdapter {
  const adapter = EMBEDDED.find((known) => known.name === name);
  if (adapter === undefined) throw new Error(`no adapter ${name}`);
  return adapter;
}

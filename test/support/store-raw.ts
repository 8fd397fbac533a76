import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Level } from 'level';

/** A row of LevelDB as it is stored: sublevel, key and value. */
interface RawRow {
  readonly table: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What lies in the folder of a closed store, without the store's own code. */
export interface RawStore {
  readonly rows: readonly RawRow[];
  /** Files besides LevelDB's, by their path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Folder of LevelDB inside that of an adapter. */
export function databaseFolder(adapter: string): string {
  return adapter === 'level' ? 'db' : 'meta';
}

/** Opens LevelDB of a closed store. */
export async function openRaw(adapter: string, directory: string): Promise<Level<Uint8Array, Uint8Array>> {
  const encodings = { keyEncoding: 'view', valueEncoding: 'view', compression: false };
  const level = new Level<Uint8Array, Uint8Array>(join(directory, databaseFolder(adapter)), encodings);
  await level.open();
  return level;
}

/** Reads everything. */
export async function readRaw(adapter: string, directory: string): Promise<RawStore> {
  await using level = await openRaw(adapter, directory);
  const rows = (await level.iterator().all()).map(([raw, value]) => {
    // Package `level` writes `!name!` before the key.
    const end = raw.indexOf(0x21, 1);
    return { table: new TextDecoder().decode(raw.subarray(1, end)), key: raw.subarray(end + 1), value };
  });
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = relative(directory, join(entry.parentPath, entry.name));
    if (entry.isFile() && !path.startsWith(`${databaseFolder(adapter)}/`))
      files.set(path, await readFile(join(directory, path)));
  }
  return { rows, files };
}

/** Names of what lies in a store but is named by no head: tags in `i`, data, index rows, temporary files. */
export function leftovers({ rows, files }: RawStore): string[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const named = new Set(
    rows.filter(({ table }) => table === 'h').map(({ value }) => hex(value.subarray(4, 12))),
  );
  const found: string[] = [];
  for (const { table, key } of rows) {
    if (table === 'i') found.push(`i ${hex(key)}`);
    if ((table === 'p' || table === 'r') && !named.has(hex(key.subarray(0, 8))))
      found.push(`${table} ${hex(key)}`);
    if (table === 'x' && !named.has(hex(key.subarray(16)))) found.push(`x ${hex(key)}`);
  }
  for (const path of files.keys()) {
    if (path.startsWith('tmp/')) found.push(path);
    if (path.startsWith('d/') && !named.has(path.slice(2, 19).replace('.', ''))) found.push(path);
  }
  return found;
}

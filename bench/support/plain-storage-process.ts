import { open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { eachInFlight, timed } from './each.ts';

/** Bytes to store and how they are cut. */
interface Cut {
  readonly directory: string;
  readonly totalBytes: number;
  readonly valueBytes: number;
  readonly inFlight: number;
}

/** Times in ms. */
export interface StorageTimes {
  readonly writeMs: number;
  readonly readMs: number;
  readonly removeMs: number;
}

const WRITE_SIZE = 2 ** 20;
const KEY_SIZE = 32;

function keyOf(index: number, keys: Uint8Array): Uint8Array {
  return keys.subarray(index * KEY_SIZE, (index + 1) * KEY_SIZE);
}

/** classic-level with values of one size under random keys; `group` values per synced batch. */
async function level(cut: Cut & { readonly group: number }): Promise<StorageTimes> {
  const { totalBytes, valueBytes, inFlight, group } = cut;
  const count = Math.ceil(totalBytes / valueBytes);
  const bytes = content(2, count * valueBytes);
  const keys = content(3, count * KEY_SIZE);
  const valueOf = (i: number): Uint8Array => bytes.subarray(i * valueBytes, (i + 1) * valueBytes);
  const db = new ClassicLevel<Uint8Array, Uint8Array>(cut.directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await db.open();
  const inGroups = (work: (indexes: readonly number[]) => Promise<unknown>): Promise<void> =>
    eachInFlight(Math.ceil(count / group), inFlight, (g) =>
      work(Array.from({ length: Math.min(group, count - g * group) }, (_, i) => g * group + i)),
    );
  const writeMs = await timed(() =>
    inGroups((indexes) =>
      db.batch(
        indexes.map((i) => ({ type: 'put', key: keyOf(i, keys), value: valueOf(i) })),
        { sync: true },
      ),
    ),
  );
  const readMs = await timed(() => inGroups((indexes) => db.getMany(indexes.map((i) => keyOf(i, keys)))));
  const removeMs = await timed(() =>
    inGroups((indexes) =>
      db.batch(
        indexes.map((i) => ({ type: 'del', key: keyOf(i, keys) })),
        { sync: true },
      ),
    ),
  );
  await db.close();
  return { writeMs, readMs, removeMs };
}

async function writeFileSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (let at = 0; at < bytes.length; at += WRITE_SIZE)
      await file.write(bytes.subarray(at, at + WRITE_SIZE));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Plain files of one size, each synced; the folder is synced once at the end. */
async function files({ directory, totalBytes, valueBytes, inFlight }: Cut): Promise<StorageTimes> {
  const count = Math.ceil(totalBytes / valueBytes);
  const bytes = content(2, count * valueBytes);
  const pathOf = (i: number): string => join(directory, String(i));
  const writeMs = await timed(async () => {
    await eachInFlight(count, inFlight, (i) =>
      writeFileSynced(pathOf(i), bytes.subarray(i * valueBytes, (i + 1) * valueBytes)),
    );
    const folder = await open(directory, 'r');
    await folder.sync();
    await folder.close();
  });
  const readMs = await timed(() => eachInFlight(count, inFlight, (i) => readFile(pathOf(i))));
  const removeMs = await timed(() => eachInFlight(count, inFlight, (i) => unlink(pathOf(i))));
  return { writeMs, readMs, removeMs };
}

const commands = { level, files };

/** What this process can do. */
export type PlainStorageCommands = typeof commands;

serveCommands(commands);

import { existsSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { killAllOf, killAllOfSync, processesOf, startOf } from './ceph-processes.ts';

const PREFIX = 'pvceph-';
const OWNER_FILE = 'owner.json';
/** A folder gets its owner at once; one that is this old and has none lost its maker in between. */
const OWNERLESS_MS = 60_000;
/** Admin sockets lie in the folder, and the path of a socket has at most 107 bytes: ours need up to 80 of them. */
const BASE_LIMIT_BYTES = 24;

const Owner = z.union([
  z.object({ kept: z.literal(true) }),
  z.object({ pid: z.int(), start: z.string(), pidNamespace: z.string() }),
]);

/** Where folders of clusters are made: the folder for temporary files when its path is short, else /tmp. */
function cephBaseFolder(): string {
  return Buffer.byteLength(tmpdir()) <= BASE_LIMIT_BYTES ? tmpdir() : '/tmp';
}

/** Makes the folder of a new cluster. It belongs to this process, and its data to nobody once the process has ended. */
export async function makeCephFolder(base = cephBaseFolder()): Promise<string> {
  const folder = await mkdtemp(join(base, PREFIX));
  const owner = { pid: process.pid, start: startOf(process.pid), pidNamespace: ownPidNamespace() };
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner));
  for (const name of ['mon', 'mgr', 'osd0', 'osd1', 'osd2', 'run']) await mkdir(join(folder, name));
  return folder;
}

/** Whether a folder was made here, so that it may be removed. One that is gone could have been. */
export function isCephFolder(folder: string): boolean {
  return basename(folder).startsWith(PREFIX) && (!existsSync(folder) || existsSync(join(folder, OWNER_FILE)));
}

/** Marks a cluster as one that outlives its starter. */
export function keepCephFolder(folder: string): void {
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify({ kept: true }));
}

/** Ends all that works in a folder and removes it. */
export async function removeCephFolder(folder: string): Promise<void> {
  await killAllOf(folder);
  await rm(folder, { recursive: true, force: true });
}

/** The same for the end of a process, when nothing can be waited for. */
export function removeCephFolderSync(folder: string): void {
  killAllOfSync(folder);
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Removes what dead runs left: folders whose owner has ended, with the daemons that still work in them, and kept ones
 * without a daemon. Those of living owners, and of owners in another container, stay.
 *
 * @returns the removed folders
 */
export async function removeLeftovers(base = cephBaseFolder()): Promise<string[]> {
  const names = (await readdir(base)).filter((name) => name.startsWith(PREFIX));
  const left = names.map((name) => join(base, name)).filter(isLeftover);
  for (const folder of left) await removeCephFolder(folder);
  return left;
}

function isLeftover(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory() || stats.uid !== process.getuid?.()) return false;
  const file = join(folder, OWNER_FILE);
  if (!existsSync(file)) return Date.now() - stats.mtimeMs > OWNERLESS_MS;
  const owner = Owner.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!owner.success) return Date.now() - stats.mtimeMs > OWNERLESS_MS;
  if ('kept' in owner.data) return processesOf(folder).length === 0;
  const { pid, start, pidNamespace } = owner.data;
  return pidNamespace === ownPidNamespace() && startOf(pid) !== start;
}

/** A file that is cut short has no owner in it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ownPidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}

import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvenderError } from '../content/provender-error.ts';

/** Who holds a directory. Process ids come back, hence the start time, which Linux tells. */
interface Holder {
  readonly pid: number;
  /** Start of the process in ticks since boot; empty where the system does not tell it. */
  readonly startedAt: string;
}

/**
 * Keeps two processes from one data directory, from before its keys are made. A file that names its holder: it ends with the process,
 * kill -9 included, since a dead holder does not count. (The store's own lock stands behind it.)
 */
export class DirectoryLock implements AsyncDisposable {
  readonly #path: string;
  #isHeld = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Takes the lock. @throws ProvenderError `PROVENDER_CONFIG` "in use by pid" when a living process has it */
  static async open(directory: string): Promise<DirectoryLock> {
    const path = join(directory, 'lock');
    const own = `${path}.${process.pid}.tmp`;
    await writeHolder(own, { pid: process.pid, startedAt: (await startOf(process.pid)) ?? '' });
    try {
      // Two rounds: one finds a dead holder and removes it, the next one takes the name or loses to somebody else.
      for (let round = 0; round < 2; round++) {
        if (await takesName(own, path)) {
          await removeDeadStarters(directory);
          return new DirectoryLock(path);
        }
        const holder = await readHolder(path);
        if (holder !== undefined && (await isAlive(holder))) throw inUse(directory, holder.pid);
        await rm(path, { force: true });
      }
      throw inUse(directory, (await readHolder(path))?.pid ?? 0);
    } finally {
      await rm(own, { force: true });
    }
  }

  /** Gives the directory free. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Tells which living process holds a directory; `undefined` when none does. */
export async function directoryHolder(directory: string): Promise<number | undefined> {
  const holder = await readHolder(join(directory, 'lock'));
  return holder !== undefined && (await isAlive(holder)) ? holder.pid : undefined;
}

function inUse(directory: string, pid: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `data directory ${directory}: in use by pid ${pid}; stop that process or choose another with --data-dir`,
    { details: { directory, pid } },
  );
}

async function writeHolder(path: string, holder: Holder): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(holder));
  } finally {
    await file.close();
  }
}

/** A hard link appears whole and fails where the name is taken: nobody ever reads half a lock. */
async function takesName(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** What processes that were killed while they took the lock left behind. */
async function removeDeadStarters(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^lock\.\d+\.tmp$/.test(name)) continue;
    const starter = await readHolder(join(directory, name));
    if (starter === undefined || !(await isAlive(starter))) await rm(join(directory, name), { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof holder !== 'object' || holder === null || !('pid' in holder) || !('startedAt' in holder))
      return undefined;
    return { pid: Number(holder.pid), startedAt: String(holder.startedAt) };
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isGone || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function isAlive({ pid, startedAt }: Holder): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const start = await startOf(pid);
  return start === undefined || startedAt === '' || start === startedAt;
}

/** Field 22 of /proc/<pid>/stat, counted after the name, which may hold spaces and brackets. @see proc(5) */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // no /proc on this system
    throw error;
  }
}

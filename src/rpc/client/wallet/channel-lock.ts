import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { ProvenderError } from '../../../content/provender-error.ts';

/** Who has the lock. Process ids come back, hence the start time, which Linux tells; `token` tells owners in one process apart. */
interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly token: string;
}

/** How long a lock may be waited for. */
export interface LockWait {
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

const MIN_PAUSE_MS = 5;
const MAX_PAUSE_MS = 100;

/**
 * Keeps the calls of several processes on one channel apart: a file that names its holder, and ends with the process, kill -9 included, since a dead
 * holder does not count. The node takes each payment once whatever happens here; without the lock calls would only be refused.
 */
export class ChannelLock implements AsyncDisposable {
  readonly #path: string;
  #isHeld = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Takes the lock, waiting while another has it. @throws ProvenderError `PROVENDER_BUSY` after `waitMs`; the signal's reason */
  static async open(path: string, { waitMs, signal }: LockWait): Promise<ChannelLock> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const token = randomUUID();
    const own = `${path}.${token}.tmp`;
    const me = { pid: process.pid, startedAt: (await startOf(process.pid)) ?? '', token };
    await writeHolder(own, me);
    const endsAt = performance.now() + waitMs;
    try {
      for (let pauseMs = MIN_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs)) {
        signal?.throwIfAborted();
        if (await takesName(own, path)) return new ChannelLock(path);
        const holder = await readHolder(path);
        if (holder === undefined) continue;
        if (!(await isAlive(holder))) {
          await removeDead(path, holder);
          continue;
        }
        if (performance.now() >= endsAt) throw busy(path, holder.pid, waitMs);
        await sleep(Math.random() * pauseMs, undefined, signal === undefined ? {} : { signal });
      }
    } finally {
      await rm(own, { force: true });
    }
  }

  /** Gives it free. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function busy(path: string, pid: number, waitMs: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_BUSY',
    `${path}: process ${pid} has paid on this channel for ${waitMs} ms: repeat when it has ended, or use another channel`,
    { details: { path, pid } },
  );
}

async function writeHolder(path: string, holder: Holder): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(JSON.stringify(holder));
}

/** A hard link appears whole and fails where the name is taken: nobody ever reads half a lock. */
async function takesName(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Of two that find the same dead holder, one may take the name before the other removes it: what is moved away alive goes back. */
async function removeDead(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && moved.token !== dead.token) await takesName(aside, path);
  await rm(aside, { force: true });
}

/** What a power cut leaves of a lock counts as a dead holder. */
const NOBODY: Holder = { pid: 0, startedAt: '', token: '' };

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof holder !== 'object' || holder === null) return NOBODY;
    if (!('pid' in holder && 'startedAt' in holder && 'token' in holder)) return NOBODY;
    return {
      pid: Number(holder.pid),
      startedAt: String(holder.startedAt),
      token: String(holder.token),
    };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof SyntaxError) return NOBODY;
    throw error;
  }
}

async function isAlive({ pid, startedAt }: Holder): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else
    if (!hasCode(error, 'EPERM')) return false;
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

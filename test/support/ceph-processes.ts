import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { until } from './until.ts';

const GONE_LIMIT_MS = 20_000;
const SYNC_POLL_MS = 20;

/** A process of a cluster, as the process table shows it now. */
export interface CephProcess {
  readonly pid: number;
  /** `mon.x`, `mgr.x`, `osd.0`; the name of the program for one that is no daemon. */
  readonly name: string;
}

/**
 * Finds the Ceph processes that work in one folder. The process table is asked and not the pid files: those outlive
 * their daemons, and the number may since have gone to a process of somebody else.
 *
 * @param folder - absolute path of the cluster; a process is its own when it is called `ceph-...` and one of its
 *   arguments lies below
 */
export function processesOf(folder: string): CephProcess[] {
  const found: CephProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const words = readProcFile(entry, 'cmdline').split('\0');
    const program = basename(words[0] ?? '');
    if (!program.startsWith('ceph-') || !words.some((word) => word.startsWith(`${folder}/`))) continue;
    const id = words[words.indexOf('-i') + 1];
    const isDaemon = words.includes('-i') && !words.includes('--mkfs');
    found.push({
      pid: Number(entry),
      name: isDaemon ? `${program.slice('ceph-'.length)}.${id ?? ''}` : program,
    });
  }
  return found;
}

/** State letter of a process as in /proc/PID/stat (`T` is stopped by a signal); empty when it is gone. */
export function stateOf(pid: number): string {
  return statFields(pid)[0] ?? '';
}

/** When a process began, in clock ticks since boot: with the pid it names a process for ever. Empty when it is gone. */
export function startOf(pid: number): string {
  return statFields(pid)[19] ?? '';
}

/**
 * Whether the last thread of a process has ended, and with it its locks and files are free. Its command line goes long before. Nobody may have asked for
 * how it ended.
 */
export function hasEnded(pid: number): boolean {
  const fields = statFields(pid);
  return fields.length === 0 || (fields[0] === 'Z' && Number(fields[17]) <= 1);
}

/** Fields of /proc/PID/stat from the third on; the second holds the name, which may have blanks and brackets. */
function statFields(pid: number): string[] {
  const text = readProcFile(String(pid), 'stat');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .filter((field) => field !== '');
}

function readProcFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return ''; // it ended between two looks
  }
}

/** Sends a signal. @returns false when the process is gone */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Kills all that works in a folder and waits until it is gone. SIGKILL ends a paused process too; a polite stop would
 * take 7 s to save data that nobody wants.
 */
export async function killAllOf(folder: string): Promise<void> {
  await until(
    `no Ceph process works in ${folder}`,
    () => {
      const left = processesOf(folder);
      for (const { pid } of left) sendSignal(pid, 'SIGKILL');
      return left.length === 0;
    },
    GONE_LIMIT_MS,
  );
}

/** The same without giving way to anything else: for the end of the process. */
export function killAllOfSync(folder: string): void {
  const end = performance.now() + GONE_LIMIT_MS;
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const left = processesOf(folder);
    if (left.length === 0) return;
    if (performance.now() > end) throw new Error(`not ended: ${left.map(({ pid }) => pid).join(', ')}`);
    for (const { pid } of left) sendSignal(pid, 'SIGKILL');
    Atomics.wait(never, 0, 0, SYNC_POLL_MS);
  }
}

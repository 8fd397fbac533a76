import { readdirSync, readFileSync } from 'node:fs';

/** The kernel gives sums over ended processes in ticks of this length. */
export const TICK_MS = 10;

function threadMs(pid: number, thread: string): number {
  try {
    const [onCpuNs] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(onCpuNs) / 1e6;
  } catch {
    return 0; // it ended between the list and the look
  }
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // the whole process has ended
  }
}

/**
 * CPU of all threads that a process has now, user and system, core-ms; 0 when it is gone. Exact to the nanosecond, but threads that have
 * ended are not in it.
 */
export function cpuOfThreads(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + threadMs(pid, thread), 0);
}

/** CPU of the children of this process that have ended, all their threads, core-ms in whole ticks: `ru_utime` and `ru_stime` of wait4. */
export function cpuOfEndedChildren(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  // The second field is the name in brackets and may hold blanks; cutime and cstime are the fields 16 and 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

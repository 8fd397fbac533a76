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

/** CPU of a process since its start, user and system, all threads, those that have ended too, core-ms in whole ticks; 0 when it is gone. */
export function cpuOfProcess(pid: number): number {
  try {
    const fields = statFields(pid);
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS; // utime and stime are the fields 14 and 15
  } catch {
    return 0;
  }
}

/** Fields of `/proc/PID/stat` behind the second, which is the name in brackets and may hold blanks. */
function statFields(pid: number | 'self'): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** CPU of the children of this process that have ended, all their threads, core-ms in whole ticks: `ru_utime` and `ru_stime` of wait4. */
export function cpuOfEndedChildren(): number {
  const fields = statFields('self'); // cutime and cstime are the fields 16 and 17
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

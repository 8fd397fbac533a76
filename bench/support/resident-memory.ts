import { readFileSync } from 'node:fs';
import { median } from '../framework/statistics.ts';

const SAMPLE_MS = 50;

/** Resident memory of a process, bytes. */
export interface Resident {
  /** All of it, pages of mapped files included, which the kernel takes back when it needs them. */
  readonly total: number;
  /** Heap, buffers and shared memory: what the process itself holds. */
  readonly own: number;
}

/** Reads the resident memory of a process. @throws Error where there is no /proc */
export function residentMemory(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { total: bytes('VmRSS'), own: bytes('RssAnon') + bytes('RssShmem') };
}

/** What was seen while something ran. */
export interface Watched {
  readonly peak: Resident;
  /** Middle of all samples of `own`. */
  readonly ownMedian: number;
}

/** Samples a process every 50 ms while `work` runs. */
export async function watchMemory(pid: number, work: () => Promise<unknown>): Promise<Watched> {
  const samples: Resident[] = [residentMemory(pid)];
  const timer = setInterval(() => samples.push(residentMemory(pid)), SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return {
    peak: {
      total: Math.max(...samples.map(({ total }) => total)),
      own: Math.max(...samples.map(({ own }) => own)),
    },
    ownMedian: median(samples.map(({ own }) => own)),
  };
}

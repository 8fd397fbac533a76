import { Piscina } from 'piscina';
import { ProvenderError } from '../content/provender-error.ts';
import type { WorkerEntry } from './worker-entry.ts';

/** Threads that a pool is made of. */
export interface ThreadsOptions<Task> {
  /** Whose threads they are, for messages: `proof workers`. */
  readonly what: string;
  readonly entry: WorkerEntry;
  /** Function of the entry file that does a task. */
  readonly name: string;
  readonly threads: number;
  /** Most pieces that may wait for a thread; the caller's own business, only checked here. */
  readonly maxQueued: number;
  /** Loads the task file and the addon in the thread that takes it. */
  readonly firstTask: () => Task;
  /** What each thread gets when it starts. */
  readonly workerData?: unknown;
}

/**
 * Starts the threads of a pool and waits until each has done a first task. A thread that dies later rejects its task, and Piscina puts another in
 * its place.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` when `threads` or `maxQueued` make no sense
 * @throws ProvenderError `PROVENDER_INTERNAL` when a thread does not start; nothing is left running
 */
export async function startThreads<Task, Result>(
  options: ThreadsOptions<Task>,
): Promise<Piscina<Task, Result>> {
  const { what, entry, name, threads, maxQueued, firstTask, workerData } = options;
  if (!Number.isSafeInteger(threads) || threads < 1 || !Number.isSafeInteger(maxQueued) || maxQueued < 0) {
    throw new ProvenderError('PROVENDER_CONFIG', `${what}: ${threads} threads, ${maxQueued} queued tasks`);
  }
  const pool = new Piscina<Task, Result>({
    ...entry,
    name,
    minThreads: threads,
    maxThreads: threads,
    ...(workerData === undefined ? {} : { workerData }),
  });
  // A thread that dies rejects its task; without a listener an idle one would end the process. Piscina replaces it.
  pool.on('error', () => undefined);
  try {
    await Promise.all(Array.from({ length: threads }, () => pool.run(firstTask())));
  } catch (cause) {
    await pool.destroy();
    throw new ProvenderError('PROVENDER_INTERNAL', `${what}: a thread did not start`, { cause });
  }
  return pool;
}

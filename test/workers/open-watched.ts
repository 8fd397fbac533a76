import type { Worker } from 'node:worker_threads';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';

/** Opens a pool and catches the threads that it starts. */
export async function openWatched(threads: number): Promise<{ workers: ProofWorkers; started: Worker[] }> {
  const started: Worker[] = [];
  const watch = (worker: Worker): void => void started.push(worker);
  process.on('worker', watch);
  const workers = await ProofWorkers.open({ threads });
  process.off('worker', watch);
  return { workers, started };
}

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { until } from './until.ts';
import type { RawConnect } from './rados-raw.ts';

/** What rados-busy.mjs is to do. */
export interface BusyTask {
  readonly connect: RawConnect;
  readonly pool: string;
  readonly namespace: string;
}

const SCRIPT = new URL('./rados-busy.mjs', import.meta.url);
const ADDON =
  process.env['PROVENDER_RADOS'] ?? createRequire(import.meta.url).resolve('../../build/Release/rados.node');

/** A worker with 64 reads and 64 writes in flight, from its word "busy" on. */
export class BusyWorker {
  readonly #worker: Worker;
  readonly #said: unknown[] = [];
  #failure: Error | undefined;

  constructor(task: BusyTask) {
    this.#worker = new Worker(SCRIPT, { workerData: { addon: ADDON, ...task } });
    this.#worker.on('message', (message) => this.#said.push(message));
    this.#worker.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Waits until it has said a word: `connecting` or `busy`. */
  async untilSaid(word: string): Promise<void> {
    await until(`a worker is ${word}`, () => this.#said.includes(word) || this.#failure !== undefined);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Ends it wherever it is. @returns how long that took, in ms */
  async terminate(): Promise<number> {
    const from = performance.now();
    await this.#worker.terminate();
    return performance.now() - from;
  }
}

/** How a process ended. */
export interface BusyEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Runs the script in a process of its own that ends itself a little later, by process.exit(7) or by throwing. */
export async function runBusyProcess(
  task: BusyTask,
  end: 'exit' | 'throw',
  endWhile: 'connecting' | 'busy' = 'busy',
): Promise<BusyEnd> {
  const given = JSON.stringify({ addon: ADDON, ...task, end, endWhile, endAfterMs: 20 });
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [fileURLToPath(SCRIPT), given],
      { timeout: 60_000 },
      (_, __, stderr) => {
        resolve({ code: child.exitCode, signal: child.signalCode, stderr });
      },
    );
  });
}

import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { blockRoots, checkBlockRoots } from '../proof/kernels.ts';
import type { TreeHasher } from '../proof/tree-hasher.ts';
import type { TreeTask } from './tree-task.ts';
import { workerEntry } from './worker-entry.ts';

/**
 * Smallest input that a worker hashes. A task costs the calling thread about 50 us and comes back about 90 us after
 * the hashing alone; 256 KiB take 220 us on one Zen 4 core. Below, the pool saves the caller little or nothing.
 */
export const WORKER_MIN_BYTES = 256 * 1024;

/** How a pool is opened. */
export interface TreeWorkersOptions {
  /** Worker threads; default: one less than the processors, at least 1. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; one more is `PROVENDER_BUSY`. Default 256. */
  readonly maxQueued?: number;
}

/**
 * Hashes blocks on worker threads. Inputs under 256 KiB, and those that are not over SharedArrayBuffers, are hashed
 * on the calling thread, before the call returns.
 *
 * States: open, closing, closed. Owns its threads. JS thread of its creator only.
 */
export class TreeWorkers implements TreeHasher, AsyncDisposable {
  readonly #pool: Piscina<TreeTask, void>;
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  private constructor(pool: Piscina<TreeTask, void>, limit: number) {
    this.#pool = pool;
    this.#limit = limit;
  }

  /**
   * Starts the threads and waits until each has hashed a block.
   * @throws ProvenderError `PROVENDER_CONFIG` when `threads` or `maxQueued` make no sense
   * @throws ProvenderError `PROVENDER_INTERNAL` when a thread does not start; nothing is left running
   */
  static async open(options: TreeWorkersOptions = {}): Promise<TreeWorkers> {
    const { threads = Math.max(1, availableParallelism() - 1), maxQueued = 256 } = options;
    if (!Number.isSafeInteger(threads) || threads < 1 || !Number.isSafeInteger(maxQueued) || maxQueued < 0) {
      throw new ProvenderError(
        'PROVENDER_CONFIG',
        `tree workers: ${threads} threads, ${maxQueued} queued tasks`,
      );
    }
    const entry = workerEntry('tree-task', import.meta.url);
    const pool = new Piscina<TreeTask, void>({
      ...entry,
      name: 'hashBlocks',
      minThreads: threads,
      maxThreads: threads,
      maxQueue: threads + maxQueued,
    });
    // A thread that dies rejects its task; without a listener an idle one would end the process. Piscina replaces it.
    pool.on('error', () => undefined);
    try {
      await Promise.all(Array.from({ length: threads }, () => pool.run(firstTask())));
    } catch (cause) {
      await pool.destroy();
      throw new ProvenderError('PROVENDER_INTERNAL', 'tree workers: a thread did not start', { cause });
    }
    return new TreeWorkers(pool, threads + maxQueued);
  }

  /**
   * @throws ProvenderError `PROVENDER_INVALID` as `blockRoots` of `kernels.ts`
   * @throws ProvenderError `PROVENDER_BUSY` when the queue is full, `PROVENDER_CLOSED` after `close`
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when the thread died; another call may use the one in its place
   */
  async blockRoots(data: Uint8Array, out: Uint8Array): Promise<void> {
    if (this.#closed !== undefined) throw new ProvenderError('PROVENDER_CLOSED', 'tree workers are closed');
    checkBlockRoots(data, out);
    if (data.length < WORKER_MIN_BYTES || !isShared(data) || !isShared(out)) {
      blockRoots(data, out);
      return;
    }
    if (this.#running.size >= this.#limit) {
      throw new ProvenderError(
        'PROVENDER_BUSY',
        `tree workers: ${this.#running.size} tasks, limit ${this.#limit}`,
        {
          details: { found: this.#running.size, limit: this.#limit },
        },
      );
    }
    await this.#run({ data, out });
  }

  /** Refuses new work, lets all accepted work end, then stops the threads. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(task: TreeTask): Promise<void> {
    const run = this.#pool.run(task);
    this.#running.add(run);
    try {
      await run;
    } catch (cause) {
      throw new ProvenderError('PROVENDER_UNAVAILABLE', 'tree workers: the thread of this task died', {
        cause,
      });
    } finally {
      this.#running.delete(run);
    }
  }

  async #stop(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#pool.destroy();
  }
}

function isShared(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof SharedArrayBuffer;
}

/** One block: loads the task file and the addon in the thread that takes it. */
function firstTask(): TreeTask {
  return {
    data: new Uint8Array(new SharedArrayBuffer(BLOCK_SIZE)),
    out: new Uint8Array(new SharedArrayBuffer(HASH_SIZE)),
  };
}

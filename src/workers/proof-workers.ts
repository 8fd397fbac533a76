import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { isShared } from '../content/shared-memory.ts';
import { checkBlockRoots } from '../proof/kernels.ts';
import type { DecodeRun, EncodeRun, ReplicaCoder } from '../proof/replica-coder.ts';
import type { TreeHasher } from '../proof/tree-hasher.ts';
import { checkRun } from './check-run.ts';
import { type LaneGroup, LaneScheduler } from './lane-scheduler.ts';
import { type ProofTask, runProofTask } from './proof-task.ts';
import { startThreads } from './start-threads.ts';
import { workerEntry } from './worker-entry.ts';

/**
 * Smallest input that a worker hashes. A task costs the calling thread about 50 us and comes back about 90 us after
 * the hashing alone; 256 KiB take 220 us on one Zen 4 core. Below, the pool saves the caller little or nothing.
 */
export const WORKER_MIN_BYTES = 256 * 1024;
/** Fewest blocks that a worker encodes or decodes: 64 KiB, which take about as long as the tree of 256 KiB. */
export const WORKER_MIN_BLOCKS = 16;
/** Runs that one thread encodes side by side: as many messages as SHA-NI interleaves at best. */
export const ENCODE_LANES = 4;

/** How a pool is opened. */
export interface ProofWorkersOptions {
  /** Worker threads; default: one less than the processors, at least 1. */
  readonly threads?: number;
  /** Pieces of work that may wait for a thread; one more is `PROVENDER_BUSY`. Default 256. */
  readonly maxQueued?: number;
}

interface Work {
  readonly task: ProofTask;
  readonly resolve: () => void;
  readonly reject: (error: ProvenderError) => void;
}

/**
 * Trees and replicas on worker threads: one pool for all, first come, first served, but that encode runs of one pass that wait together share the
 * lanes of a thread. Small pieces (under 256 KiB of a tree, under 16 blocks of a run) and those that are not over SharedArrayBuffers are worked on
 * by the calling thread, before the call returns.
 *
 * States: open, closing, closed. Owns its threads. JS thread of its creator only.
 */
export class ProofWorkers implements TreeHasher, ReplicaCoder, AsyncDisposable {
  readonly #pool: Piscina<ProofTask, void>;
  readonly #scheduler: LaneScheduler<Work>;
  readonly #limit: number;
  readonly #accepted = new Set<Promise<void>>();
  #isStarting = false;
  #closed: Promise<void> | undefined;

  private constructor(pool: Piscina<ProofTask, void>, sizes: { threads: number; maxQueued: number }) {
    this.#pool = pool;
    this.#scheduler = new LaneScheduler({ threads: sizes.threads, lanes: ENCODE_LANES });
    this.#limit = sizes.threads + sizes.maxQueued;
  }

  /**
   * Starts the threads and waits until each has hashed a block.
   * @throws ProvenderError `PROVENDER_CONFIG` when `threads` or `maxQueued` make no sense
   * @throws ProvenderError `PROVENDER_INTERNAL` when a thread does not start; nothing is left running
   */
  static async open(options: ProofWorkersOptions = {}): Promise<ProofWorkers> {
    const { threads = Math.max(1, availableParallelism() - 1), maxQueued = 256 } = options;
    const pool = await startThreads<ProofTask, void>({
      what: 'proof workers',
      entry: workerEntry('proof-task', import.meta.url),
      name: runProofTask.name,
      threads,
      maxQueued,
      firstTask,
    });
    return new ProofWorkers(pool, { threads, maxQueued });
  }

  /**
   * @throws ProvenderError `PROVENDER_INVALID` as `blockRoots` of `kernels.ts`
   * @throws ProvenderError `PROVENDER_BUSY` when the queue is full, `PROVENDER_CLOSED` after `close`
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when the thread died; another call may use the one in its place
   */
  async blockRoots(data: Uint8Array, out: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkBlockRoots(data, out);
    const task: ProofTask = { kind: 'tree', data, out };
    if (data.length < WORKER_MIN_BYTES || !isShared(data) || !isShared(out)) return runProofTask(task);
    await this.#ask(task);
  }

  /**
   * @throws ProvenderError `PROVENDER_INVALID` for a run that makes no sense
   * @throws ProvenderError `PROVENDER_BUSY`, `PROVENDER_CLOSED`, `PROVENDER_UNAVAILABLE` as `blockRoots`; after the last one the bytes of `blocks`
   *   are of no layer any more
   */
  async encode(run: EncodeRun): Promise<void> {
    this.#checkOpen();
    checkRun(run);
    const { segment, roots } = run;
    const task: ProofTask = { kind: 'encode', runs: [{ ...run, segment: withOwnId(segment) }] };
    if (isSmall(run) || !isShared(segment.bytes) || !isShared(roots)) return runProofTask(task);
    await this.#ask(task);
  }

  /** @throws ProvenderError as `encode` */
  async decode(run: DecodeRun): Promise<void> {
    this.#checkOpen();
    checkRun(run);
    const { segment, out, roots = out } = run;
    const task: ProofTask = { kind: 'decode', run: { ...run, segment: withOwnId(segment) } };
    const isHere = isSmall(run) || !isShared(segment.bytes) || !isShared(out) || !isShared(roots);
    if (isHere) return runProofTask(task);
    await this.#ask(task);
  }

  /** Refuses new work, lets all accepted work end, then stops the threads. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new ProvenderError('PROVENDER_CLOSED', 'proof workers are closed');
  }

  async #ask(task: ProofTask): Promise<void> {
    const found = this.#scheduler.size;
    if (found >= this.#limit) {
      throw new ProvenderError(
        'PROVENDER_BUSY',
        `proof workers: ${found} tasks wait or run, limit ${this.#limit}`,
        { details: { found, limit: this.#limit } },
      );
    }
    const accepted = new Promise<void>((resolve, reject) => {
      this.#scheduler.add({ task, resolve, reject }, passToShare(task));
    });
    this.#accepted.add(accepted);
    this.#startSoon();
    try {
      await accepted;
    } finally {
      this.#accepted.delete(accepted);
    }
  }

  /** Later, when all who were waiting for the last answers have asked for more: what asks together can share a thread. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
      for (let group = this.#scheduler.start(); group !== undefined; group = this.#scheduler.start()) {
        void this.#run(group);
      }
    });
  }

  async #run(group: LaneGroup<Work>): Promise<void> {
    try {
      await this.#pool.run(taskOf(group.works));
      this.#scheduler.end(group);
      for (const { resolve } of group.works) resolve();
    } catch (cause) {
      this.#scheduler.end(group);
      const text = 'proof workers: the thread of this task died';
      const error = new ProvenderError('PROVENDER_UNAVAILABLE', text, { cause });
      for (const { reject } of group.works) reject(error);
    }
    this.#startSoon();
  }

  async #stop(): Promise<void> {
    await Promise.allSettled(this.#accepted);
    await this.#pool.destroy();
  }
}

/** Only encode runs leave lanes empty; a tree or a decode run fills all of them. */
function passToShare(task: ProofTask): number | undefined {
  return task.kind === 'encode' ? task.runs[0]?.pass : undefined;
}

/** The task of a group: that of its only work, or the runs of all. */
function taskOf(works: readonly Work[]): ProofTask {
  const runs = works.flatMap(({ task }) => (task.kind === 'encode' ? task.runs : []));
  const [first] = works;
  return first === undefined || runs.length > 0 ? { kind: 'encode', runs } : first.task;
}

function isSmall({ blocks }: EncodeRun | DecodeRun): boolean {
  return blocks.end - blocks.first < WORKER_MIN_BLOCKS;
}

/** An id in memory of its own: a message carries the whole buffer below a view. */
function withOwnId<S extends { readonly id: Uint8Array }>(segment: S): S {
  return { ...segment, id: Uint8Array.from(segment.id) };
}

/** One block: loads the task file and the addon in the thread that takes it. */
function firstTask(): ProofTask {
  return {
    kind: 'tree',
    data: new Uint8Array(new SharedArrayBuffer(BLOCK_SIZE)),
    out: new Uint8Array(new SharedArrayBuffer(HASH_SIZE)),
  };
}

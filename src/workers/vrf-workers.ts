import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import { ProvenderError } from '../content/provender-error.ts';
import { vrfKernelInfo } from '../vrf/kernels.ts';
import type { VrfEngine, VrfQuestion } from '../vrf/vrf-engine.ts';
import { startThreads } from './start-threads.ts';
import { TurnQueue } from './turn-queue.ts';
import { runVrfTask, type VrfTask, type VrfThreadData } from './vrf-task.ts';
import { workerEntry } from './worker-entry.ts';

/** Proofs that a thread makes or checks in one task: about 2 ms in C++, 5 ms in TypeScript. */
const PIECE = { native: 16, typescript: 2 } as const;
const KEY_SIZE = 32;

/** How the threads are opened. */
export interface VrfWorkersOptions {
  /** VRF key of the node, 32 bytes; copied. Without it nothing can be proven, only checked. */
  readonly secretKey?: Uint8Array;
  /** Worker threads; default: one less than the processors, at least 1. */
  readonly threads?: number;
  /** Proofs that may wait or be worked on; more are `PROVENDER_BUSY`. Default 8192, about a second of one native thread. */
  readonly maxQueued?: number;
}

type Result = Uint8Array | undefined;

/** One call: its answers come piece by piece. */
interface Job {
  readonly results: Result[];
  left: number;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: ProvenderError) => void;
}

interface Piece {
  readonly job: Job;
  readonly task: VrfTask;
  readonly first: number;
  readonly count: number;
}

/**
 * Proofs of the lottery on threads of their own. Calls are cut into pieces of some milliseconds, taken in turns, so that a long lottery does not hold
 * up the check of a claim. They do not share the pool of replicas: a lottery has a second to answer and would wait behind an encode run, and the key
 * stays out of threads that need none.
 *
 * States: open, closing, closed. Owns its threads and one copy of the key, which is wiped by `close`. JS thread of its creator only.
 */
export class VrfWorkers implements VrfEngine, AsyncDisposable {
  readonly #pool: Piscina<VrfTask, readonly Result[]>;
  readonly #key: Uint8Array | undefined;
  readonly #sizes: { readonly threads: number; readonly maxQueued: number };
  readonly #waiting = new TurnQueue<Piece>();
  readonly #accepted = new Set<Promise<unknown>>();
  #running = 0;
  #size = 0;
  #closed: Promise<void> | undefined;

  private constructor(
    pool: Piscina<VrfTask, readonly Result[]>,
    key: Uint8Array | undefined,
    sizes: { readonly threads: number; readonly maxQueued: number },
  ) {
    this.#pool = pool;
    this.#key = key;
    this.#sizes = sizes;
  }

  /**
   * Starts the threads and waits until each has loaded what it needs.
   * @throws ProvenderError `PROVENDER_INVALID` for a key of another length
   * @throws ProvenderError `PROVENDER_CONFIG`, `PROVENDER_INTERNAL` as `startThreads`
   */
  static async open(options: VrfWorkersOptions = {}): Promise<VrfWorkers> {
    const { threads = Math.max(1, availableParallelism() - 1), maxQueued = 8192 } = options;
    const secretKey = sharedKey(options.secretKey);
    const workerData: VrfThreadData = { secretKey };
    const pool = await startThreads<VrfTask, readonly Result[]>({
      what: 'VRF workers',
      entry: workerEntry('vrf-task', import.meta.url),
      name: runVrfTask.name,
      threads,
      maxQueued,
      firstTask,
      workerData,
    }).catch((error: unknown) => {
      secretKey?.fill(0);
      throw error;
    });
    return new VrfWorkers(pool, secretKey, { threads, maxQueued });
  }

  /**
   * @throws ProvenderError `PROVENDER_CONFIG` when there is no key
   * @throws ProvenderError `PROVENDER_BUSY` when the queue is full, `PROVENDER_INVALID` for more than it ever takes, `PROVENDER_CLOSED` after `close`
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when a thread died; another call may use the one in its place
   */
  async prove(inputs: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    this.#checkOpen();
    if (this.#key === undefined) {
      throw new ProvenderError('PROVENDER_CONFIG', 'VRF workers: opened without a key, they prove nothing');
    }
    const proofs = await this.#ask(inputs.map(ownBytes), (piece) => ({ kind: 'prove', inputs: piece }));
    return proofs.map((proof) => {
      if (proof !== undefined) return proof;
      throw new ProvenderError('PROVENDER_INTERNAL', 'VRF workers: a thread left a proof out');
    });
  }

  /** @throws ProvenderError `PROVENDER_BUSY`, `PROVENDER_INVALID`, `PROVENDER_CLOSED`, `PROVENDER_UNAVAILABLE` as `prove` */
  async verify(questions: readonly VrfQuestion[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen();
    return this.#ask(questions.map(ownQuestion), (piece) => ({ kind: 'verify', questions: piece }));
  }

  /** Refuses new calls, lets those accepted end, stops the threads and wipes the key. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new ProvenderError('PROVENDER_CLOSED', 'VRF workers are closed');
  }

  #checkRoom(asked: number): void {
    const limit = this.#sizes.maxQueued;
    if (this.#size + asked <= limit) return;
    const details = { found: this.#size, asked, limit };
    const text = `VRF workers: ${asked} proofs asked, ${this.#size} wait or run, limit ${limit}`;
    throw new ProvenderError(asked > limit ? 'PROVENDER_INVALID' : 'PROVENDER_BUSY', text, { details });
  }

  async #ask<T>(items: readonly T[], taskOf: (piece: readonly T[]) => VrfTask): Promise<readonly Result[]> {
    if (items.length === 0) return [];
    this.#checkRoom(items.length);
    this.#size += items.length;
    const answer = new Promise<readonly Result[]>((resolve, reject) => {
      const job: Job = { results: [], left: items.length, resolve, reject };
      this.#waiting.add(job, cut(items, taskOf, job));
    });
    this.#accepted.add(answer);
    this.#start();
    try {
      return await answer;
    } finally {
      this.#accepted.delete(answer);
      this.#size -= items.length;
    }
  }

  #start(): void {
    while (this.#running < this.#sizes.threads) {
      const piece = this.#waiting.next();
      if (piece === undefined) return;
      this.#running++;
      void this.#run(piece);
    }
  }

  async #run({ job, task, first, count }: Piece): Promise<void> {
    try {
      const results = await this.#pool.run(task);
      for (const [i, result] of results.entries()) job.results[first + i] = result;
      job.left -= count;
      if (job.left === 0) job.resolve(job.results);
    } catch (cause) {
      this.#waiting.drop(job);
      job.reject(
        new ProvenderError('PROVENDER_UNAVAILABLE', 'VRF workers: the thread of this call died', { cause }),
      );
    }
    this.#running--;
    this.#start();
  }

  async #stop(): Promise<void> {
    await Promise.allSettled(this.#accepted);
    await this.#pool.destroy();
    this.#key?.fill(0);
  }
}

function cut<T>(items: readonly T[], taskOf: (piece: readonly T[]) => VrfTask, job: Job): readonly Piece[] {
  const size = vrfKernelInfo().native ? PIECE.native : PIECE.typescript;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => {
    const piece = items.slice(i * size, (i + 1) * size);
    return { job, task: taskOf(piece), first: i * size, count: piece.length };
  });
}

function sharedKey(key: Uint8Array | undefined): Uint8Array | undefined {
  if (key === undefined) return undefined;
  if (key.length !== KEY_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `VRF key: ${key.length} bytes, not ${KEY_SIZE}`);
  }
  const shared = new Uint8Array(new SharedArrayBuffer(KEY_SIZE));
  shared.set(key);
  return shared;
}

/** Bytes in memory of their own: a message carries the whole buffer below a view. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

function ownQuestion({ publicKey, input, proof }: VrfQuestion): VrfQuestion {
  return { publicKey: ownBytes(publicKey), input: ownBytes(input), proof: ownBytes(proof) };
}

/** No proof at all: loads the task file, and the addon with it. */
function firstTask(): VrfTask {
  return {
    kind: 'verify',
    questions: [{ publicKey: new Uint8Array(32), input: new Uint8Array(), proof: new Uint8Array(80) }],
  };
}

import { ProvenderError } from '../../../content/provender-error.ts';
import type { NativePool } from './native-binding.ts';
import type { Task } from './operation.ts';
import { bytesOfSteps, type FlatSteps } from './steps.ts';

/**
 * Bytes that may have waited in the queue, as long as they were when the call was made. A buffer that was transferred away meanwhile has become
 * empty, and an empty object would be written in its place.
 * @throws ProvenderError `PROVENDER_INVALID`
 */
export function checkUnchanged(found: number, given: number): void {
  if (found === given) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `bytes of a write: ${found} where the call gave ${given}; keep them until it has ended`,
  );
}

/** Calls that write one run of bytes, and what they are in librados. */
const SYSCALLS = {
  write: 'rados_aio_write',
  writeFull: 'rados_aio_write_full',
  append: 'rados_aio_append',
} as const;

/** One run of bytes to write. */
export interface BytesToWrite {
  readonly verb: keyof typeof SYSCALLS;
  readonly key: string;
  /** Of `write`; the other verbs have their place. */
  readonly offset: number;
  readonly source: Uint8Array;
}

/** A write of one run of bytes; librados copies them inside `submit`. A class, since thousands of them may wait: it holds no closure. */
export class BytesWrite implements Task {
  readonly pool: NativePool;
  readonly key: string;
  readonly isWrite = true;
  readonly slots = 1;
  readonly bytes: number;
  readonly #what: BytesToWrite;

  constructor(pool: NativePool, what: BytesToWrite) {
    this.pool = pool;
    this.key = what.key;
    this.bytes = what.source.length;
    this.#what = what;
  }

  get syscall(): string {
    return SYSCALLS[this.#what.verb];
  }

  submit(id: number): void {
    const { verb, key, offset, source } = this.#what;
    checkUnchanged(source.length, this.bytes);
    if (verb === 'writeFull') this.pool.writeFull(id, key, source);
    else if (verb === 'append') this.pool.append(id, key, source);
    else this.pool.write(id, key, offset, source);
  }
}

/** An operation that moves no bytes to speak of. */
export function smallTask(
  pool: NativePool,
  what: { syscall: string; key: string; isWrite: boolean },
  submit: (id: number) => void,
): Task {
  return { pool, ...what, slots: 1, bytes: 0, submit };
}

/** One atomic write of several steps. */
export function changeTask(pool: NativePool, key: string, { steps, bytes }: FlatSteps): Task {
  return {
    pool,
    syscall: 'rados_aio_write_op_operate',
    key,
    isWrite: true,
    slots: 1,
    bytes,
    submit: (id) => {
      checkUnchanged(bytesOfSteps(steps), bytes);
      pool.change(id, key, steps);
    },
  };
}

/** Waits for the writes that were submitted before it; takes no place of its own. */
export function flushTask(pool: NativePool): Task {
  return {
    pool,
    syscall: 'rados_aio_flush_async',
    key: undefined,
    isWrite: false,
    slots: 0,
    bytes: 0,
    submit: (id) => pool.flush(id),
  };
}

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

/** A write without bytes, or one whose size does not count: `submit` does it. */
export function smallWrite(pool: NativePool, submit: (id: number) => void): Task {
  return { pool, isWrite: true, slots: 1, bytes: 0, submit };
}

/** A write of one run of bytes; librados copies them inside `submit`. */
export function bytesWrite(pool: NativePool, source: Uint8Array, submit: (id: number) => void): Task {
  const bytes = source.length;
  return {
    pool,
    isWrite: true,
    slots: 1,
    bytes,
    submit: (id) => {
      checkUnchanged(source.length, bytes);
      submit(id);
    },
  };
}

/** One atomic write of several steps. */
export function changeTask(pool: NativePool, key: string, { steps, bytes }: FlatSteps): Task {
  return {
    pool,
    isWrite: true,
    slots: 1,
    bytes,
    submit: (id) => {
      checkUnchanged(bytesOfSteps(steps), bytes);
      pool.change(id, key, steps);
    },
  };
}

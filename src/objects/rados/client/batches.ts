import { isProvenderError, ProvenderError } from '../../../content/provender-error.ts';
import { type BatchItem, readManyTask, writeManyTask } from './batch-tasks.ts';
import { type BatchWindow, cutWindows, runWindows } from './batch-windows.ts';
import {
  checkBytes,
  checkKey,
  checkRoom,
  checkShared,
  checkWhole,
  MAX_CALL_BYTES,
} from './check-arguments.ts';
import type { PoolParts } from './pool-parts.ts';
import type { RadosCallOptions } from './rados-pool.ts';

/** What is left of the time of a whole batch when a window begins. */
function restOf({ signal, timeoutMs }: RadosCallOptions): () => RadosCallOptions {
  if (timeoutMs === undefined) return () => ({ signal });
  const end = performance.now() + timeoutMs;
  // At least something: a time-out of 0 would be refused as an argument.
  return () => ({ signal, timeoutMs: Math.max(end - performance.now(), Number.MIN_VALUE) });
}

/** Reads many objects. @see RadosPool.readMany */
export async function readMany(
  { native, calls, slabs, limits }: PoolParts,
  keys: readonly string[],
  o: { into: Uint8Array; stride: number } & RadosCallOptions,
): Promise<Int32Array> {
  const { into, stride } = o;
  for (const key of keys) checkKey(key);
  checkWhole('stride', stride, 1, MAX_CALL_BYTES);
  checkRoom(into, keys.length * stride);
  checkShared('destination of readMany', into);
  const rest = restOf(o);
  const results = new Int32Array(keys.length);
  await runWindows(
    cutWindows(keys.length, limits, () => stride),
    async ({ first, end }) => {
      const window = {
        keys: keys.slice(first, end),
        into: into.subarray(first * stride, end * stride),
        stride,
        out: results.subarray(first, end),
      };
      calls.answered(await calls.run(readManyTask(native, window, slabs), rest()));
    },
  );
  return results;
}

/** Writes many objects, each as a whole. @see RadosPool.writeMany */
export async function writeMany(
  { name, native, calls, slabs, limits }: PoolParts,
  items: readonly BatchItem[],
  o: RadosCallOptions = {},
): Promise<Int32Array> {
  for (const { key, bytes } of items) {
    checkKey(key);
    checkBytes('bytes of a write', bytes);
  }
  const rest = restOf(o);
  const results = new Int32Array(items.length);
  let done = 0;
  const run = async ({ first, end }: BatchWindow): Promise<void> => {
    const window = { items: items.slice(first, end), out: results.subarray(first, end) };
    calls.answered(await calls.run(writeManyTask(native, window, slabs), rest()));
    done += end - first;
  };
  try {
    await runWindows(
      cutWindows(items.length, limits, (at) => items[at]?.bytes.length ?? 0),
      run,
    );
  } catch (error) {
    throw partly(error, { pool: name, done, of: items.length });
  }
  return results;
}

/** A batch that stopped on its way: to say "not applied" or "repeat" of all of it would be wrong. */
function partly(error: unknown, { pool, done, of }: { pool: string; done: number; of: number }): unknown {
  if (done === 0 || !isProvenderError(error) || error.code === 'PROVENDER_AMBIGUOUS') return error;
  return new ProvenderError(
    'PROVENDER_AMBIGUOUS',
    `writeMany in pool '${pool}': stopped after ${done} of ${of} objects (${error.message}); read before you repeat`,
    { details: { pool, done, of }, cause: error },
  );
}

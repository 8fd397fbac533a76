import type { BatchItem } from './batch-tasks.ts';
import { readMany, writeMany } from './batches.ts';
import { checkBytes, checkKey, checkOmapKey, checkRoom, checkWhole } from './check-arguments.ts';
import { statResult } from './look-answer.ts';
import type { NativePool } from './native-binding.ts';
import type { ReadResult, ReadStep, WriteStep } from './operations.ts';
import type { PoolParts } from './pool-parts.ts';
import type { RadosCallOptions, RadosPool } from './rados-pool.ts';
import { lookTask, readTask } from './read-tasks.ts';
import type { RunningCalls } from './running-calls.ts';
import { flattenReads, flattenWrites, MAX_OMAP_ROWS } from './steps.ts';
import { BytesWrite, changeTask, flushTask, smallTask } from './write-tasks.ts';

/** Keys of a page of a listing. */
const LIST_PAGE = 1000;

/** The pool over the addon. States: open -> closing -> closed. Thread: the one that connected. */
export class LibradosPool implements RadosPool {
  readonly name: string;
  readonly namespace: string;
  readonly #native: NativePool;
  readonly #calls: RunningCalls;
  readonly #parts: PoolParts;
  readonly #onClosed: () => void;
  #closing: Promise<void> | undefined;

  /** @param onClosed - called once, when nothing of the pool runs any more */
  constructor(parts: PoolParts, onClosed: () => void) {
    this.name = parts.name;
    this.namespace = parts.namespace;
    this.#native = parts.native;
    this.#calls = parts.calls;
    this.#parts = parts;
    this.#onClosed = onClosed;
  }

  /** A destination in shared memory may still be written after the call was cancelled or timed out, until `close` or `flush`; another one never is. */
  async read(
    key: string,
    o: { into: Uint8Array; offset?: number; length?: number } & RadosCallOptions,
  ): Promise<number> {
    checkKey(key);
    checkBytes('destination', o.into);
    const { offset = 0, length = o.into.length } = o;
    checkWhole('offset', offset, 0);
    checkWhole('length', length, 0, o.into.length);
    const into = length === o.into.length ? o.into : o.into.subarray(0, length);
    const task = readTask(this.#native, { key, offset, into }, this.#parts.slabs);
    return this.#calls.answered(await this.#calls.run(task, o)).rc;
  }

  /** The bytes must stay as they are until the promise is settled: a write may wait for its turn. So it is with all writes. */
  async write(key: string, offset: number, bytes: Uint8Array, o?: RadosCallOptions): Promise<void> {
    checkKey(key);
    checkWhole('offset', offset, 0);
    checkBytes('bytes of a write', bytes);
    const task = new BytesWrite(this.#native, { verb: 'write', key, offset, source: bytes });
    this.#calls.answered(await this.#calls.run(task, o));
  }

  async writeFull(key: string, bytes: Uint8Array, o?: RadosCallOptions): Promise<void> {
    checkKey(key);
    checkBytes('bytes of a write', bytes);
    const task = new BytesWrite(this.#native, { verb: 'writeFull', key, offset: 0, source: bytes });
    this.#calls.answered(await this.#calls.run(task, o));
  }

  async append(key: string, bytes: Uint8Array, o?: RadosCallOptions): Promise<void> {
    checkKey(key);
    checkBytes('bytes of a write', bytes);
    const task = new BytesWrite(this.#native, { verb: 'append', key, offset: 0, source: bytes });
    this.#calls.answered(await this.#calls.run(task, o));
  }

  async truncate(key: string, size: number, o?: RadosCallOptions): Promise<void> {
    checkKey(key);
    checkWhole('size', size, 0);
    const task = smallTask(
      this.#native,
      { syscall: 'rados_aio_write_op_operate', key, isWrite: true },
      (id) => this.#native.truncate(id, key, size),
    );
    this.#calls.answered(await this.#calls.run(task, o));
  }

  async remove(key: string, o?: RadosCallOptions): Promise<void> {
    checkKey(key);
    const task = smallTask(this.#native, { syscall: 'rados_aio_remove', key, isWrite: true }, (id) =>
      this.#native.remove(id, key),
    );
    this.#calls.answered(await this.#calls.run(task, o));
  }

  async stat(key: string, o?: RadosCallOptions): Promise<{ size: number; mtimeMs: number }> {
    checkKey(key);
    const task = smallTask(this.#native, { syscall: 'rados_aio_stat', key, isWrite: false }, (id) =>
      this.#native.stat(id, key),
    );
    return statResult(this.#calls.answered(await this.#calls.run(task, o)).extra);
  }

  readMany(
    keys: readonly string[],
    o: { into: Uint8Array; stride: number } & RadosCallOptions,
  ): Promise<Int32Array> {
    return readMany(this.#parts, keys, o);
  }

  writeMany(items: readonly BatchItem[], o?: RadosCallOptions): Promise<Int32Array> {
    return writeMany(this.#parts, items, o);
  }

  async change(key: string, steps: readonly WriteStep[], o?: RadosCallOptions): Promise<void> {
    checkKey(key);
    const task = changeTask(this.#native, key, flattenWrites(steps));
    this.#calls.answered(await this.#calls.run(task, o));
  }

  async look(
    key: string,
    steps: readonly ReadStep[],
    o: { into?: Uint8Array } & RadosCallOptions = {},
  ): Promise<ReadResult> {
    checkKey(key);
    const { steps: flat, bytes } = flattenReads(steps);
    if (bytes > 0) checkRoom(o.into, bytes);
    const into = bytes === 0 ? undefined : o.into?.subarray(0, bytes);
    const task = lookTask(this.#native, { key, steps: flat, bytes, of: steps, into }, this.#parts.slabs);
    this.#calls.answered(await this.#calls.run(task, o));
    return task.result;
  }

  async getXattrs(key: string, o?: RadosCallOptions): Promise<ReadonlyMap<string, Uint8Array>> {
    const { xattrs } = await this.look(key, [{ do: 'xattrs' }], o);
    return xattrs ?? new Map<string, Uint8Array>();
  }

  /** `timeoutMs` bounds each page. */
  async *omapEntries(
    key: string,
    o: { after?: string; prefix?: string } & RadosCallOptions = {},
  ): AsyncGenerator<[string, Uint8Array]> {
    const { prefix = '', signal, timeoutMs } = o;
    let after = o.after ?? '';
    checkOmapKey(after, 0);
    for (let more = true; more; ) {
      const step: ReadStep = { do: 'omapRange', after, prefix, limit: MAX_OMAP_ROWS };
      const page = await this.look(key, [step], { signal, timeoutMs });
      for (const row of page.omap ?? []) {
        [after] = row;
        yield row;
      }
      more = page.more === true;
    }
  }

  /** `timeoutMs` bounds each page. */
  async *list(o: { slice?: number; slices?: number } & RadosCallOptions = {}): AsyncGenerator<string> {
    const { slice = 0, slices = 1, signal, timeoutMs } = o;
    checkWhole('slices', slices, 1, 2 ** 16);
    checkWhole('slice', slice, 0, slices - 1);
    let cursor: string | undefined;
    do {
      const from = cursor;
      const page = await this.#calls.runRare(() => this.#native.listPage(slice, slices, from, LIST_PAGE), {
        what: `list of pool '${this.name}'`,
        signal,
        timeoutMs,
      });
      yield* page.keys;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async stats(): Promise<{ bytes: bigint; objects: bigint }> {
    const what = `statistics of pool '${this.name}'`;
    const [bytes, objects] = await this.#calls.runRare(() => this.#native.stats(), { what });
    return { bytes, objects };
  }

  /** It takes its turn behind those that wait. */
  async flush(): Promise<void> {
    this.#calls.answered(await this.#calls.run(flushTask(this.#native), undefined));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#calls.refuse();
    await this.#calls.whenIdle();
    this.#native.close();
    this.#onClosed();
  }
}

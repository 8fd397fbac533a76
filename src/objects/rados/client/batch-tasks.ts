import type { NativePool } from './native-binding.ts';
import type { Task } from './operation.ts';
import type { SlabPool, SlabSlot } from './slab-pool.ts';
import { checkUnchanged } from './write-tasks.ts';

/** One object of a batch of writes. */
export interface BatchItem {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Result codes of a window: shared memory while librados works, copied to `out` at the end. */
class WindowResults {
  readonly #out: Int32Array;
  readonly #slot: SlabSlot;
  readonly codes: Int32Array;

  constructor(out: Int32Array, slabs: SlabPool) {
    this.#out = out;
    this.#slot = slabs.take(out.byteLength);
    const { buffer, byteOffset } = this.#slot.bytes;
    this.codes = new Int32Array(buffer, byteOffset, out.length);
  }

  deliver(): void {
    this.#out.set(this.codes);
  }

  free(): void {
    this.#slot.free();
  }
}

/** A window of `readMany`. */
export interface ReadWindow {
  readonly keys: readonly string[];
  /** Shared, `keys.length * stride` bytes. */
  readonly into: Uint8Array;
  readonly stride: number;
  /** One per key. */
  readonly out: Int32Array;
}

/** The task of a window of reads. */
export function readManyTask(pool: NativePool, window: ReadWindow, slabs: SlabPool): Task {
  const { keys, into, stride, out } = window;
  let results: WindowResults | undefined;
  return {
    pool,
    syscall: 'rados_aio_read',
    key: keys[0],
    isWrite: false,
    slots: keys.length,
    bytes: into.length,
    submit: (id) => {
      results = new WindowResults(out, slabs);
      pool.readMany(id, keys, into, stride, results.codes);
    },
    deliver: () => results?.deliver(),
    free: () => results?.free(),
  };
}

function bytesOf(items: readonly BatchItem[]): number {
  let bytes = 0;
  for (const item of items) bytes += item.bytes.length;
  return bytes;
}

/** A window of `writeMany`. */
export interface WriteWindow {
  readonly items: readonly BatchItem[];
  /** One per item. */
  readonly out: Int32Array;
}

/** The task of a window of writes. */
export function writeManyTask(pool: NativePool, { items, out }: WriteWindow, slabs: SlabPool): Task {
  const keys = items.map((item) => item.key);
  const sources = items.map((item) => item.bytes);
  const bytes = bytesOf(items);
  let results: WindowResults | undefined;
  return {
    pool,
    syscall: 'rados_aio_write_full',
    key: keys[0],
    isWrite: true,
    slots: items.length,
    bytes,
    submit: (id) => {
      checkUnchanged(bytesOf(items), bytes);
      results = new WindowResults(out, slabs);
      pool.writeMany(id, keys, sources, results.codes);
    },
    deliver: () => results?.deliver(),
    free: () => results?.free(),
  };
}

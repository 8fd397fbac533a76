import { ProvenderError } from '../../../content/provender-error.ts';
import { isShared } from '../../../content/shared-memory.ts';
import { lookResult, NOTHING_FOUND } from './look-answer.ts';
import type { NativePool } from './native-binding.ts';
import type { Task } from './operation.ts';
import type { ReadResult, ReadStep } from './operations.ts';
import type { SlabPool, SlabSlot } from './slab-pool.ts';
import type { FlatSteps } from './steps.ts';

/** One extent of one object. */
export interface Extent {
  readonly key: string;
  readonly offset: number;
  /** As long as what is asked for; 0 bytes ask whether the object exists. */
  readonly into: Uint8Array;
}

/** Several reads of one object. */
export interface Look extends FlatSteps {
  readonly key: string;
  readonly of: readonly ReadStep[];
  /** As long as the sum of the `read` steps. */
  readonly into: Uint8Array | undefined;
}

/** Copies what was read to its place. A buffer may have been transferred away while librados read into the slab. */
function copyOut(slot: SlabSlot, into: Uint8Array, at: number, length: number): void {
  if (length <= 0) return;
  if (into.length < at + length) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `destination of a read: ${into.length} bytes where ${at + length} are needed; keep it until the read has ended`,
    );
  }
  into.set(slot.bytes.subarray(at, at + length), at);
}

/** A read; with `slabs` it goes through a slab and one copy. */
class ReadTask implements Task {
  readonly pool: NativePool;
  readonly syscall = 'rados_aio_read';
  readonly key: string;
  readonly isWrite = false;
  readonly slots = 1;
  readonly bytes: number;
  readonly #extent: Extent;
  readonly #slabs: SlabPool | undefined;
  #slot: SlabSlot | undefined;

  constructor(pool: NativePool, extent: Extent, slabs: SlabPool | undefined) {
    this.pool = pool;
    this.key = extent.key;
    this.bytes = extent.into.length;
    this.#extent = extent;
    this.#slabs = slabs;
  }

  submit(id: number): void {
    const { key, offset, into } = this.#extent;
    const slot = this.#slabs?.take(this.bytes);
    this.pool.read(id, key, offset, slot === undefined ? into : slot.view(this.bytes));
    this.#slot = slot;
  }

  deliver(rc: number): void {
    if (this.#slot !== undefined) copyOut(this.#slot, this.#extent.into, 0, rc);
  }

  free(): void {
    this.#slot?.free();
  }
}

/** A read operation of several steps; with `slabs` its extents go through a slab. */
export class LookTask implements Task {
  readonly pool: NativePool;
  readonly syscall = 'rados_aio_read_op_operate';
  readonly key: string;
  readonly isWrite = false;
  readonly slots = 1;
  readonly bytes: number;
  /** What it found, once it was answered. */
  result: ReadResult = NOTHING_FOUND;
  readonly #look: Look;
  readonly #slabs: SlabPool | undefined;
  #slot: SlabSlot | undefined;

  constructor(pool: NativePool, look: Look, slabs: SlabPool | undefined) {
    this.pool = pool;
    this.key = look.key;
    this.bytes = look.bytes;
    this.#look = look;
    this.#slabs = slabs;
  }

  submit(id: number): void {
    const { key, steps, into } = this.#look;
    const slot = this.#slabs?.take(this.bytes);
    this.pool.look(id, key, steps, slot === undefined ? into : slot.view(this.bytes));
    this.#slot = slot;
  }

  deliver(rc: number, extra: unknown): void {
    if (rc < 0) return;
    const { into, of } = this.#look;
    this.result = lookResult(of, extra);
    if (this.#slot === undefined || into === undefined) return;
    let at = 0;
    let read = 0;
    for (const step of of) {
      if (step.do !== 'read') continue;
      copyOut(this.#slot, into, at, this.result.lengths[read++] ?? 0);
      at += step.length;
    }
  }

  free(): void {
    this.#slot?.free();
  }
}

/** The task of a read; shared memory is filled in place. */
export function readTask(pool: NativePool, extent: Extent, slabs: SlabPool): Task {
  return new ReadTask(pool, extent, isShared(extent.into) ? undefined : slabs);
}

/** The task of a look; shared memory is filled in place. */
export function lookTask(pool: NativePool, look: Look, slabs: SlabPool): LookTask {
  const inPlace = look.into === undefined || isShared(look.into);
  return new LookTask(pool, look, inPlace ? undefined : slabs);
}

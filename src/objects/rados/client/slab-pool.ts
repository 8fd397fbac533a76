const SMALLEST = 4096;
/** 4 MiB, a stripe; what is larger is made for one read and dropped. */
const LARGEST = 1 << 22;
/** A slab holds many small slots, since shared memory is mapped in pages and costs microseconds to make. */
const SLAB_BYTES = 1 << 17;
/** What a class keeps for later. */
const KEEP_BYTES = 1 << 21;
const KEEP_SLOTS = 2;

/** A piece of shared memory that one operation uses at a time. */
export class SlabSlot {
  /** As long as its class. */
  readonly bytes: Uint8Array;
  readonly #home: SlabSlot[] | undefined;

  constructor(bytes: Uint8Array, home: SlabSlot[] | undefined) {
    this.bytes = bytes;
    this.#home = home;
  }

  /** The first `length` bytes. */
  view(length: number): Uint8Array {
    return length === this.bytes.length ? this.bytes : this.bytes.subarray(0, length);
  }

  /** Gives it back, once, when librados does not write to it any more. */
  free(): void {
    const keep = Math.max(KEEP_SLOTS, KEEP_BYTES / this.bytes.length);
    if (this.#home !== undefined && this.#home.length < keep) this.#home.push(this);
  }
}

/**
 * Shared memory for librados to read into. JavaScript cannot detach it while a read is under way, which it could with a caller's own buffer.
 * One size class per power of two from 4 KiB to 4 MiB; each keeps at most 2 MiB or 2 slots. That is 30 MiB, and at most 46 MiB after bursts of 512 reads,
 * since a slab lives as long as one of its slots; admission bounds what is in use.
 * Slots are not cleared: a reader takes as many bytes as the read gave.
 */
export class SlabPool {
  readonly #classes = new Map<number, SlabSlot[]>();

  /** A slot of at least `length` bytes. */
  take(length: number): SlabSlot {
    if (length > LARGEST) return new SlabSlot(sharedBytes(length), undefined);
    let size = SMALLEST;
    while (size < length) size *= 2;
    let home = this.#classes.get(size);
    if (home === undefined) {
      home = [];
      this.#classes.set(size, home);
    }
    return home.pop() ?? newSlab(size, home);
  }
}

function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** Cuts a new slab; the first slot is the caller's. */
function newSlab(size: number, home: SlabSlot[]): SlabSlot {
  const slab = sharedBytes(Math.max(SLAB_BYTES, size));
  for (let at = size; at < slab.length; at += size) {
    home.push(new SlabSlot(slab.subarray(at, at + size), home));
  }
  return new SlabSlot(slab.subarray(0, size), home);
}

import { HASH_SIZE, LEAF_SIZE } from '../content/geometry.ts';
import type { Multiproof } from './multiproof.ts';
import { Rejection } from './verdict.ts';

const INDEX_SIZE = 4;

/**
 * A multiproof where it lies in a proof. It is cut when it is asked for, and each time: what is rejected for its counts costs no memory, while a view
 * takes three times the 32 bytes that it shows.
 */
export class MultiproofBytes implements Multiproof {
  readonly leafCount: number;
  readonly siblingCount: number;
  readonly #indices: Uint8Array;
  readonly #leaves: Uint8Array;
  readonly #siblings: Uint8Array;

  constructor(indices: Uint8Array, leaves: Uint8Array, siblings: Uint8Array) {
    this.leafCount = leaves.length / LEAF_SIZE;
    this.siblingCount = siblings.length / HASH_SIZE;
    this.#indices = indices;
    this.#leaves = leaves;
    this.#siblings = siblings;
  }

  get indices(): readonly number[] {
    const view = new DataView(this.#indices.buffer, this.#indices.byteOffset, this.#indices.byteLength);
    return Array.from({ length: this.leafCount }, (_, i) => view.getUint32(i * INDEX_SIZE));
  }

  get leaves(): readonly Uint8Array[] {
    return cut(this.#leaves, LEAF_SIZE);
  }

  get siblings(): readonly Uint8Array[] {
    return cut(this.#siblings, HASH_SIZE);
  }
}

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Reads the bytes of a proof in order. Every count is compared with the bytes that are left before anything is made of it. */
export class ProofReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view of the next bytes. @throws Rejection `format` when there are fewer */
  take(length: number): Uint8Array {
    if (length > this.left)
      throw new Rejection('format', `${this.left} bytes left where ${length} are needed`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A big-endian number of 1, 2 or 4 bytes. @throws Rejection `format` when there are fewer */
  uint(size: 1 | 2 | 4): number {
    const at = this.#at;
    this.take(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** A multiproof. @throws Rejection `limit` for a count larger than the bytes left, `format` for a cut one */
  multiproof(): MultiproofBytes {
    const leafCount = this.#count('leaves', INDEX_SIZE + LEAF_SIZE);
    const indices = this.take(leafCount * INDEX_SIZE);
    const leaves = this.take(leafCount * LEAF_SIZE);
    return new MultiproofBytes(indices, leaves, this.take(this.#count('siblings', HASH_SIZE) * HASH_SIZE));
  }

  #count(what: string, bytesEach: number): number {
    const count = this.uint(4);
    if (count * bytesEach > this.left) throw new Rejection('limit', `${count} ${what} in ${this.left} bytes`);
    return count;
  }
}

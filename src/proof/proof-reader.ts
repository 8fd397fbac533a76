import { HASH_SIZE, LEAF_SIZE } from '../content/geometry.ts';
import type { Multiproof } from './multiproof.ts';
import { Rejection } from './verdict.ts';

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
  multiproof(): Multiproof {
    const leaves = this.#count('leaves', 4 + LEAF_SIZE);
    const indices = Array.from({ length: leaves }, () => this.uint(4));
    const opened = Array.from({ length: leaves }, () => this.take(LEAF_SIZE));
    const siblings = this.#count('siblings', HASH_SIZE);
    return {
      indices,
      leaves: opened,
      siblings: Array.from({ length: siblings }, () => this.take(HASH_SIZE)),
    };
  }

  #count(what: string, bytesEach: number): number {
    const count = this.uint(4);
    if (count * bytesEach > this.left) throw new Rejection('limit', `${count} ${what} in ${this.left} bytes`);
    return count;
  }
}

import { bytesToHex } from '@noble/hashes/utils.js';
import { sha256 } from '../../content/kernels.ts';

/** Hashes that are kept; when there are more, all go: what is forgotten is checked again. */
const MOST_RECORDS = 8192;

/**
 * Remembers records whose signatures and proofs hold. These depend on the record and on rounds that do not change any more, and a primary meets
 * each record three times: when it is handed in, chosen and appended.
 */
export class CheckedRecords {
  readonly #hashes = new Set<string>();

  has(record: Uint8Array): boolean {
    return this.#hashes.has(bytesToHex(sha256(record)));
  }

  add(record: Uint8Array): void {
    if (this.#hashes.size >= MOST_RECORDS) this.#hashes.clear();
    this.#hashes.add(bytesToHex(sha256(record)));
  }
}

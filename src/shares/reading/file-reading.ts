import { blockRange } from '../../content/block-range.ts';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { type HeldObject, shareStat } from '../held-object.ts';
import type { FileReading } from '../shares.ts';
import { VerifiedRuns, type VerifiedRunsParts } from './verified-runs.ts';

/** The most bytes of a file that are handed out at once. */
const PIECE_SIZE = 256 * 1024;

/**
 * Opens bytes of a file; `length` is what follows `offset` when absent. The first bytes are read and checked here.
 * The call of `parts` ends with the reading.
 *
 * @throws ProvenderError `PROVENDER_RANGE` when the range leaves the file, and as `VerifiedRuns.open`
 */
export async function openFileReading(
  object: HeldObject,
  range: { offset?: number; length?: number },
  parts: VerifiedRunsParts,
): Promise<FileReading> {
  const { sizeBytes } = object.head.statement;
  const offset = range.offset ?? 0;
  const length = range.length ?? Math.max(0, sizeBytes - offset);
  const blocks = blockRange({ size: sizeBytes, offset, length });
  const runs = await VerifiedRuns.open(object, blocks, parts);
  return { stat: shareStat(object), offset, length, data: new FileData(runs, offset, length) };
}

/**
 * The bytes of a reading, once. A piece is good until the next one is asked for.
 * Whoever does not read to the end calls `return` (as `for await` does) or aborts the call.
 */
class FileData implements AsyncIterableIterator<Uint8Array> {
  readonly #runs: VerifiedRuns;
  /** Bytes to leave out at the start of the first run. */
  #skip: number;
  #left: number;
  #piece: Uint8Array = new Uint8Array();
  #ended = false;

  constructor(runs: VerifiedRuns, offset: number, length: number) {
    this.#runs = runs;
    this.#skip = offset % BLOCK_SIZE;
    this.#left = length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    if (this.#piece.length === 0) await this.#load();
    const value = this.#piece.subarray(0, PIECE_SIZE);
    this.#piece = this.#piece.subarray(value.length);
    this.#left -= value.length;
    if (value.length > 0) return { done: false, value };
    return this.return();
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true;
    this.#piece = new Uint8Array();
    await this.#runs.close();
    return { done: true, value: undefined };
  }

  /** Takes the next run, cut to the range. */
  async #load(): Promise<void> {
    const run = await this.#runs.next();
    if (run === undefined) {
      if (this.#left === 0) return;
      throw new ProvenderError('PROVENDER_INTERNAL', `${this.#left} bytes of a file are missing`);
    }
    this.#piece = run.data.subarray(this.#skip, this.#skip + this.#left);
    this.#skip = 0;
  }
}

import { BLOCK_SIZE, isByteCount } from './geometry.ts';
import { ProvenderError } from './provender-error.ts';

/** A run of blocks: `first` included, `end` excluded; empty when they are equal. */
export interface BlockRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Finds the blocks that hold bytes `offset` to `offset + length` (excluded) of an object.
 * A range past the end is an error: a short answer would look like a whole one.
 *
 * @param span - all in bytes; `offset + length <= size`; `length` 0 gives an empty run
 * @throws ProvenderError `PROVENDER_RANGE` when the span leaves the object; `details` carries it
 */
export function blockRange(span: { size: number; offset: number; length: number }): BlockRange {
  const { size, offset, length } = span;
  if (!isByteCount(offset) || !isByteCount(length) || offset + length > size) {
    throw new ProvenderError('PROVENDER_RANGE', `bytes ${offset}+${length} of an object of ${size}`, {
      details: { size, offset, length },
    });
  }
  const first = Math.floor(offset / BLOCK_SIZE);
  return { first, end: length === 0 ? first : Math.ceil((offset + length) / BLOCK_SIZE) };
}

import type { BlockRange } from '../content/block-range.ts';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { SEGMENT_BLOCKS } from '../proof/graph.ts';
import type { SegmentBytes } from '../proof/replica.ts';
import { CODER_RUN_BLOCKS, type DecodeRun, type EncodeRun } from '../proof/replica-coder.ts';

/**
 * Checks a run before it goes to another thread, where it may share its task with others that must not fail with it.
 * @throws ProvenderError `PROVENDER_INVALID` for a pass below 1, a segment or id of another length, blocks beyond the segment, none or too many,
 *   `out` or `roots` of another length
 */
export function checkRun(run: EncodeRun | DecodeRun): void {
  const { pass, segment, blocks, roots } = run;
  if (!Number.isSafeInteger(pass) || pass < 1) throw invalid(`pass ${pass}, must be a whole number from 1`);
  checkSegment(segment);
  checkBlocks(blocks, segment.bytes.length / BLOCK_SIZE);
  const count = blocks.end - blocks.first;
  if (roots !== undefined) checkLength('roots', roots, count * HASH_SIZE);
  if ('out' in run) checkLength('out', run.out, count * BLOCK_SIZE);
}

function checkSegment({ id, bytes }: SegmentBytes): void {
  checkLength('segment id', id, HASH_SIZE);
  const blocks = bytes.length / BLOCK_SIZE;
  if (!Number.isSafeInteger(blocks) || blocks < 1 || blocks > SEGMENT_BLOCKS) {
    throw invalid(`segment of ${bytes.length} bytes, must be 1 to ${SEGMENT_BLOCKS} blocks of ${BLOCK_SIZE}`);
  }
}

function checkBlocks({ first, end }: BlockRange, blocks: number): void {
  const isRange = Number.isSafeInteger(first) && Number.isSafeInteger(end) && 0 <= first && first < end;
  if (!isRange || end > blocks) throw invalid(`blocks ${first} to ${end} of a segment of ${blocks}`);
  if (end - first > CODER_RUN_BLOCKS) {
    throw invalid(`a run of ${end - first} blocks, limit ${CODER_RUN_BLOCKS}`);
  }
}

function checkLength(what: string, { length }: Uint8Array, expected: number): void {
  if (length !== expected) throw invalid(`${what}: ${length} bytes, must be ${expected}`);
}

function invalid(text: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `run of a pass: ${text}`);
}

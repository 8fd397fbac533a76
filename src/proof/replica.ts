import { ProvenderError } from '../content/provender-error.ts';
import { BLOCK_SIZE } from '../content/geometry.ts';
import { graphTable } from './graph.ts';
import { BLOCK_WORDS, type LabelAt, Pass, WORD_SIZE } from './pass.ts';
import { segmentId, segmentsOf } from './segments.ts';

/** Whose replica it is, and how often it is encoded. */
export interface ReplicaPlan {
  /** 32 bytes. */
  readonly replicaId: Uint8Array;
  /** L, the passes of its profile. */
  readonly passes: number;
}

/**
 * Encodes an object. This is the reference: plain, all in memory, for tests and small objects.
 *
 * @param layer0 - the content, filled with zeros to whole blocks; not changed
 * @returns layers 0 to L, each as long; layer L is the replica
 * @throws ProvenderError `PROVENDER_INVALID` unless `layer0` is whole blocks, at least one
 * @see proof-of-replication.md, section 5
 */
export function encodeReplica(layer0: Uint8Array, plan: ReplicaPlan): readonly Uint8Array[] {
  const layers = [layer0];
  for (let number = 1; number <= plan.passes; number++) {
    const layer = new Uint8Array(layers[number - 1] ?? layer0); // slice() of a Buffer would not copy
    for (const segment of segmentsIn(layer, plan)) encodeSpan(number, segment, wholeOf(segment));
    layers.push(layer);
  }
  return layers;
}

/**
 * Decodes a whole replica; the inverse of `encodeReplica`. Whether what follows the content is zero is for the caller to check.
 *
 * @param replica - whole blocks, at least one; not changed
 * @returns layers 0 to L
 * @throws ProvenderError `PROVENDER_INVALID` unless `replica` is whole blocks, at least one
 */
export function decodeReplica(replica: Uint8Array, plan: ReplicaPlan): readonly Uint8Array[] {
  const layers = [replica];
  for (let number = plan.passes; number >= 1; number--) {
    const layer = new Uint8Array(layers[0] ?? replica);
    for (const segment of segmentsIn(layer, plan)) decodeSpan(number, segment, wholeOf(segment));
    layers.unshift(layer);
  }
  return layers;
}

/** XORs a word with its pad, which turns content into its label and back. */
export function applyPad(word: Uint8Array, pad: Uint8Array): void {
  for (let i = 0; i < WORD_SIZE; i++) word[i] = (word[i] ?? 0) ^ (pad[i] ?? 0);
}

/** Blocks of a segment in the order of a pass: `first` included, `end` excluded. */
export interface PassSpan {
  readonly first: number;
  readonly end: number;
}

/**
 * Runs one pass over blocks of a segment, in place: a label depends on labels of lower places only.
 * @param pass - l, from 1
 * @param span - blocks before it have been encoded
 */
export function encodeSpan(pass: number, segment: SegmentBytes, span: PassSpan): void {
  const walk = passOver(pass, segment);
  const wordAt = wordsOf(walk, segment.bytes);
  for (let place = BLOCK_WORDS * span.first; place < BLOCK_WORDS * span.end; place++)
    applyPad(wordAt(place), walk.pad(place, wordAt));
}

/**
 * Undoes one pass for blocks of a segment, from their last place on, so that it works in place too: what a pad needs has not been decoded yet.
 * @param into - as long as the blocks: memory elsewhere, or their place in the segment, which it is when absent
 */
export function decodeSpan(pass: number, segment: SegmentBytes, span: PassSpan, into?: Uint8Array): void {
  const walk = passOver(pass, segment);
  const wordAt = wordsOf(walk, segment.bytes);
  const places = { first: BLOCK_WORDS * span.first, end: BLOCK_WORDS * span.end };
  const start = Math.min(walk.natural(places.first), walk.natural(places.end - 1)) * WORD_SIZE;
  const own = segment.bytes.subarray(start, start + (span.end - span.first) * BLOCK_SIZE);
  const out = into ?? own;
  out.set(own);
  for (let place = places.end - 1; place >= places.first; place--) {
    const at = walk.natural(place) * WORD_SIZE - start;
    applyPad(out.subarray(at, at + WORD_SIZE), walk.pad(place, wordAt));
  }
}

/** A segment of a layer, and its id. */
export interface SegmentBytes {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * Cuts a layer into its segments, views of it.
 * @throws ProvenderError `PROVENDER_INVALID` unless `layer` is whole blocks, at least one
 */
function segmentsIn(
  layer: Uint8Array,
  { replicaId }: Pick<ReplicaPlan, 'replicaId'>,
): readonly SegmentBytes[] {
  if (layer.length === 0 || layer.length % BLOCK_SIZE !== 0) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `layer of ${layer.length} bytes, must be whole blocks of ${BLOCK_SIZE}, at least one`,
    );
  }
  return segmentsOf(layer.length / BLOCK_SIZE).map(({ number, start, blocks }) => ({
    id: segmentId(replicaId, number),
    bytes: layer.subarray(start, start + blocks * BLOCK_SIZE),
  }));
}

function wholeOf({ bytes }: SegmentBytes): PassSpan {
  return { first: 0, end: bytes.length / BLOCK_SIZE };
}

function passOver(pass: number, { id, bytes }: SegmentBytes): Pass {
  const blocks = bytes.length / BLOCK_SIZE;
  return new Pass(graphTable(pass, blocks), id, blocks);
}

function wordsOf(pass: Pass, bytes: Uint8Array): LabelAt {
  return (place) => {
    const at = pass.natural(place) * WORD_SIZE;
    return bytes.subarray(at, at + WORD_SIZE);
  };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBlocks, decodePass, encodePass, kernelInfo } from '../../src/proof/kernels.ts';
import type { SegmentBytes } from '../../src/proof/replica.ts';
import { segmentId, segmentsOf } from '../../src/proof/segments.ts';
import { referencePad, referenceSegmentId } from './reference-replica.ts';

const BLOCK = 4096;
const FULL = 2 ** 27;
const REPLICA_ID = new Uint8Array(32).fill(21);
const SAMPLES = 150;
/** The twin would take minutes, and the ranges it shares with the addon are tested on smaller segments. */
const skip = kernelInfo().native ? false : 'the addon is not built';

/** Memory of a layer of the largest object; the cases use the same two, since what they drop would be freed late. */
function memory(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(skip === false ? FULL + BLOCK : 0);
}
const [current, other] = [memory(), memory()];

/** Makes layer 0 of an object of `sizeBytes`: each word of its own, zeros behind the content. */
function layerZero(into: Uint8Array<ArrayBuffer>, sizeBytes: number): Uint8Array {
  const layer = into.subarray(0, Math.ceil(sizeBytes / BLOCK) * BLOCK);
  const numbers = new Uint32Array(into.buffer, 0, layer.length / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.imul(i + 1, 0x9e3779b1);
  return layer.fill(0, sizeBytes);
}

/** The object's segments, views of a layer; ids as the code has them, which have to be those of the formula. */
function segmentsIn(layer: Uint8Array): SegmentBytes[] {
  return segmentsOf(layer.length / BLOCK).map(({ number, start, blocks }) => {
    const id = segmentId(REPLICA_ID, number);
    assert.deepEqual(id, referenceSegmentId(REPLICA_ID, number));
    return { id, bytes: layer.subarray(start, start + blocks * BLOCK) };
  });
}

/** Places of a segment: both ends, the seams of its first and last blocks, and some between. */
function samplePlaces(words: number): number[] {
  const seams = [0, 1, 127, 128, 129, 255, 256, words - 129, words - 128, words - 1];
  const between = Array.from({ length: SAMPLES }, (_, i) => Math.floor((words * (i + 0.37)) / SAMPLES));
  return [...seams, ...between].filter((place) => place >= 0 && place < words);
}

/** Compares sampled words of two layers of a segment with the plain formula on OpenSSL. */
function checkSamples(pass: number, below: Uint8Array, { id, bytes }: SegmentBytes): void {
  const words = bytes.length / 32;
  const at = (place: number): number => 32 * (pass === 1 ? place : words - 1 - place);
  for (const i of samplePlaces(words)) {
    const pad = referencePad({ pass, segmentId: id, i }, (place) =>
      bytes.subarray(at(place), at(place) + 32),
    );
    const expected = pad.map((byte, b) => byte ^ (below[at(i) + b] ?? 0));
    assert.deepEqual(bytes.subarray(at(i), at(i) + 32), expected, `pass ${pass}, place ${i} of ${words}`);
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

for (const { sizeBytes, segments, passes } of [
  { sizeBytes: FULL - 1, segments: 1, passes: 2 },
  { sizeBytes: FULL, segments: 1, passes: 1 },
  { sizeBytes: FULL + 1, segments: 2, passes: 2 },
]) {
  test(`an object of ${sizeBytes} bytes has ${segments} segments; words of its layers are those of the formula`, {
    skip,
  }, () => {
    const layer = layerZero(current, sizeBytes);
    for (let pass = 1; pass <= passes; pass++) {
      const below = other.subarray(0, layer.length);
      below.set(layer);
      const encoded = segmentsIn(layer);
      assert.equal(encoded.length, segments);
      encodePass(pass, encoded);
      segmentsIn(below).forEach(({ bytes }, i) =>
        checkSamples(pass, bytes, encoded[i] ?? { id: REPLICA_ID, bytes }),
      );
      const blocks = { first: 20_000, end: 20_256 };
      const out = new Uint8Array(256 * BLOCK);
      for (const first of encoded.slice(0, 1)) decodeBlocks(pass, { ...first, blocks }, out);
      assert.ok(
        isEqual(out, below.subarray(blocks.first * BLOCK, blocks.end * BLOCK)),
        'a run from the middle',
      );
    }
    for (let pass = passes; pass >= 1; pass--) decodePass(pass, segmentsIn(layer));
    assert.ok(isEqual(layer, layerZero(other, sizeBytes)), 'the content, with zeros behind it');
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { graphTable } from '../../src/proof/graph.ts';
import type { Kernel } from '../../src/proof/kernel.ts';
import { availableKernels, decodePass, encodePass } from '../../src/proof/kernels.ts';
import { testBytes } from './reference-tree.ts';

const BLOCK = 4096;
const [twin] = availableKernels().slice(-1);

/** Segments of these numbers of blocks, at odd places of memory, with their ids. */
function make(lengths: readonly number[]): { ids: Uint8Array; segments: Uint8Array[] } {
  const segments = lengths.map((blocks, i) => {
    const memory = new Uint8Array(blocks * BLOCK + 3);
    memory.set(testBytes(blocks * BLOCK, i + 1), 3);
    return memory.subarray(3);
  });
  return { ids: testBytes(32 * lengths.length, 99), segments };
}

function encode(kernel: Kernel | undefined, pass: number, lengths: readonly number[]): Uint8Array[] {
  const { ids, segments } = make(lengths);
  const { parents, masks } = graphTable(pass, Math.max(...lengths));
  kernel?.encodePass(pass, parents, masks, ids, segments);
  return segments;
}

for (const kernel of availableKernels()) {
  test(`${kernel.path} encodes as the TypeScript twin and decodes to what it was`, () => {
    // Fewer and more than any number of lanes, equal and unequal lengths.
    const counts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(1, 2), counts, (pass, lengths) => {
        const encoded = encode(kernel, pass, lengths);
        assert.deepEqual(encoded, encode(twin, pass, lengths));
        const { ids, segments } = make(lengths);
        const { parents, masks } = graphTable(pass, Math.max(...lengths));
        encoded.forEach((segment, i) =>
          kernel.decodePass(pass, parents, masks, ids.subarray(32 * i, 32 * i + 32), segment),
        );
        assert.deepEqual(encoded, segments);
      }),
      { numRuns: 8 },
    );
    for (const blocks of [33, 100]) {
      const lengths = [blocks, 1, blocks];
      for (const pass of [1, 2]) assert.deepEqual(encode(kernel, pass, lengths), encode(twin, pass, lengths));
    }
  });
}

test('what would read outside of a segment is a type error', () => {
  const { parents, masks } = graphTable(1, 64);
  const segment = new Uint8Array(2 * BLOCK);
  const id = new Uint8Array(32);
  const outside = Uint16Array.from(parents, () => 5);
  const wide = Uint8Array.from(masks, () => 128);
  for (const kernel of availableKernels().filter(({ path }) => path !== 'typescript')) {
    const calls: (() => void)[] = [
      () => kernel.decodePass(1, outside, masks, id, segment),
      () => kernel.decodePass(1, parents, wide, id, segment),
      () => kernel.decodePass(3, parents, masks, id, segment),
      () => kernel.decodePass(1, parents.subarray(6), masks, id, segment),
      () => kernel.decodePass(1, parents.subarray(0, 6), masks.subarray(0, 6), id, segment),
      () => kernel.decodePass(1, parents, masks, id.subarray(1), segment),
      () => kernel.decodePass(1, parents, masks, id, segment.subarray(1)),
      () => kernel.decodePass(1, parents, masks, id, segment.subarray(0, 0)),
      () => kernel.encodePass(1, outside, masks, id, [segment]),
      () => kernel.encodePass(1, parents, masks, id, [segment, segment]),
    ];
    for (const [i, call] of calls.entries()) assert.throws(call, TypeError, `${kernel.path}: ${i}`);
  }
});

test('the chosen path encodes many segments and decodes each; other lengths are refused', () => {
  const { ids, segments } = make([3, 1, 2]);
  const before = segments.map((bytes) => bytes.slice());
  const cut = segments.map((bytes, i) => ({ id: ids.subarray(32 * i, 32 * i + 32), bytes }));
  encodePass(2, cut);
  assert.deepEqual(segments, encode(twin, 2, [3, 1, 2]));
  for (const segment of cut) decodePass(2, segment);
  assert.deepEqual(segments, before);
  encodePass(1, []);
  const refused = { code: 'PROVENDER_INVALID' };
  const id = new Uint8Array(32);
  for (const length of [0, 1, BLOCK + 1]) {
    assert.throws(() => encodePass(1, [{ id, bytes: new Uint8Array(length) }]), refused);
    assert.throws(() => decodePass(1, { id, bytes: new Uint8Array(length) }), refused);
  }
  assert.throws(() => decodePass(1, { id: id.subarray(1), bytes: new Uint8Array(BLOCK) }), refused);
});

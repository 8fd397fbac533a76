import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Kernel, PassWork } from '../../src/proof/kernel.ts';
import { availableKernels, decodePass, encodePass } from '../../src/proof/kernels.ts';
import { passWork } from '../../src/proof/pass-work.ts';
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

function workOf(pass: number, { ids, segments }: ReturnType<typeof make>): PassWork {
  return passWork(
    pass,
    segments.map((bytes, i) => ({ id: ids.subarray(32 * i, 32 * i + 32), bytes })),
  );
}

function encode(kernel: Kernel | undefined, pass: number, lengths: readonly number[]): Uint8Array[] {
  const made = make(lengths);
  kernel?.encodePass(...workOf(pass, made));
  return made.segments;
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
        kernel.decodePass(...workOf(pass, { ids, segments: encoded }), encoded);
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

test('the chosen path encodes many segments and decodes each; other lengths are refused', () => {
  const { ids, segments } = make([3, 1, 2]);
  const before = segments.map((bytes) => bytes.slice());
  const cut = segments.map((bytes, i) => ({ id: ids.subarray(32 * i, 32 * i + 32), bytes }));
  encodePass(2, cut);
  assert.deepEqual(segments, encode(twin, 2, [3, 1, 2]));
  decodePass(2, cut);
  assert.deepEqual(segments, before);
  encodePass(1, []);
  const refused = { code: 'PROVENDER_INVALID' };
  const id = new Uint8Array(32);
  for (const length of [0, 1, BLOCK + 1]) {
    assert.throws(() => encodePass(1, [{ id, bytes: new Uint8Array(length) }]), refused);
    assert.throws(() => decodePass(1, [{ id, bytes: new Uint8Array(length) }]), refused);
  }
  assert.throws(() => decodePass(1, [{ id: id.subarray(1), bytes: new Uint8Array(BLOCK) }]), refused);
});

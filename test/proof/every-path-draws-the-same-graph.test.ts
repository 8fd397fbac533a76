import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawGraph, PARENTS } from '../../src/proof/graph.ts';
import { availableKernels } from '../../src/proof/kernels.ts';
import { hex } from './reference-tree.ts';

/** First block and end: around what is drawn at once, and the last blocks of a segment. */
const SPANS = [
  [1, 2],
  [1, 64],
  [63, 300],
  [1, 1025],
  [32_700, 32_768],
] as const;

for (const kernel of availableKernels()) {
  const { drawGraph: draw } = kernel;
  if (draw === undefined) continue;

  test(`${kernel.path} draws the edges of the plain formula, and no others`, () => {
    for (const pass of [1, 2]) {
      for (const [first, end] of SPANS) {
        const [parents, masks] = [new Uint16Array(PARENTS * end), new Uint8Array(PARENTS * end)];
        const expected = { parents: parents.slice(), masks: masks.slice() };
        draw(pass, first, parents, masks);
        drawGraph(pass, first, expected.parents, expected.masks);
        assert.deepEqual(parents, expected.parents);
        assert.equal(hex(masks), hex(expected.masks));
      }
    }
  });
}

test('every path of the addon draws graphs', () => {
  const lacking = availableKernels().filter(({ drawGraph: draw }) => draw === undefined);
  assert.deepEqual(
    lacking.map(({ path }) => path),
    ['typescript'],
  );
});

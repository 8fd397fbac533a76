import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { hex, referenceDataRoot, testBytes } from './reference-tree.ts';

const BYTES = testBytes(400_000, 7);

test('bytes that arrive in any split have the tree of the whole', () => {
  const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 100_000 }));
  const pieces = fc.array(fc.oneof(sizes, fc.constantFrom(4095, 4096, 4097, 65535, 65536, 65537)), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(pieces, (lengths) => {
      const builder = new TreeBuilder();
      let end = 0;
      for (const length of lengths) {
        const start = end;
        end = Math.min(BYTES.length, end + length);
        builder.update(BYTES.subarray(start, end));
      }
      const tree = builder.finish();
      assert.equal(tree.sizeBytes, end);
      assert.equal(hex(tree.dataRoot), hex(referenceDataRoot(BYTES.subarray(0, end))));
    }),
    { numRuns: 60 },
  );
});

test('single bytes have the tree of the whole', () => {
  const builder = new TreeBuilder();
  for (let i = 0; i < 70_000; i++) builder.update(BYTES.subarray(i, i + 1));
  assert.equal(hex(builder.finish().dataRoot), hex(referenceDataRoot(BYTES.subarray(0, 70_000))));
});

test('a piece may be overwritten as soon as update returns', () => {
  const builder = new TreeBuilder();
  const piece = new Uint8Array(100_000);
  for (let at = 0; at < 300_000; at += piece.length) {
    piece.set(BYTES.subarray(at, at + piece.length));
    builder.update(piece);
    piece.fill(0xff);
  }
  assert.equal(hex(builder.finish().dataRoot), hex(referenceDataRoot(BYTES.subarray(0, 300_000))));
});

test('a finished tree takes nothing more', () => {
  const builder = new TreeBuilder();
  builder.finish();
  assert.throws(
    () => builder.update(BYTES),
    (error) => isProvenderError(error, 'PROVENDER_INVALID'),
  );
  assert.throws(
    () => builder.finish(),
    (error) => isProvenderError(error, 'PROVENDER_INVALID'),
  );
});

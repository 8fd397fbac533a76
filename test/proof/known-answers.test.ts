import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { objectId, parseObjectKind } from '../../src/content/object-id.ts';
import { chunkIds } from '../../src/proof/kernels.ts';
import { hex } from './reference-tree.ts';
import { contentOf, known, rootOf } from './replica-vectors.ts';

for (const vector of known.vectors) {
  test(`data root and object id of ${vector.label}, profile ${vector.profile}`, () => {
    const made = contentOf(vector);
    assert.equal(
      createHash('sha256').update(made.bytes).digest('hex'),
      vector.contentSha256,
      'the generator',
    );
    const dataRoot = rootOf(made.bytes);
    assert.equal(hex(dataRoot), vector.dataRoot);
    const { kind, size: sizeBytes, count } = vector;
    assert.equal(hex(objectId({ kind: parseObjectKind(kind), sizeBytes, count, dataRoot })), vector.objectId);
    if (vector.firstChunkId !== undefined) {
      assert.deepEqual(
        [made.ids.at(0), made.ids.at(-1)].map((id) => id && hex(id)),
        [vector.firstChunkId, vector.lastChunkId],
      );
    }
    if (kind === 1) {
      const id = new Uint8Array(32);
      chunkIds(dataRoot, Uint16Array.of(sizeBytes), id);
      assert.equal(hex(id), vector.objectId);
    }
  });
}

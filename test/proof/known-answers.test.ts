import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { objectId, parseObjectKind } from '../../src/content/object-id.ts';
import { chunkIds } from '../../src/proof/kernels.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { hex, sha256 } from './reference-tree.ts';

interface Vector {
  kind: number;
  label: string;
  size: number;
  count: number;
  profile: number;
  chunkLengths?: number[];
  firstChunkId?: string;
  lastChunkId?: string;
  contentSha256: string;
  dataRoot: string;
  objectId: string;
}

const file = new URL('../vectors/replica-kat.json', import.meta.url);
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(file, 'utf8'));

/** The generator that the file describes. */
function content(label: string, size: number): Uint8Array {
  const words = Array.from({ length: Math.ceil(size / 32) }, (_, n) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(n);
    return sha256(Buffer.from(label), number);
  });
  return Buffer.concat(words).subarray(0, size);
}

function rootOf(bytes: Uint8Array): Uint8Array {
  return new TreeBuilder().update(bytes).finish().dataRoot;
}

/** Chunks, each padded, in the order of their ids; then the manifest. Made by hand from section 3. */
function collection({ label, chunkLengths = [] }: Vector): { bytes: Uint8Array; ids: Uint8Array[] } {
  const chunks = chunkLengths.map((length, i) => {
    const bytes = content(`${label}/${i}`, length);
    const id = new Uint8Array(32);
    chunkIds(rootOf(bytes), Uint16Array.of(length), id);
    return { bytes, id };
  });
  chunks.sort((a, b) => Buffer.compare(a.id, b.id));
  const all = Buffer.alloc(4096 * (chunks.length + 1));
  chunks.forEach(({ bytes, id }, i) => {
    const entry = 4096 * chunks.length + 64 * i;
    all.set(bytes, 4096 * i);
    all.set(id, entry);
    all.writeUInt32BE(bytes.length, entry + 32);
  });
  return { bytes: all, ids: chunks.map(({ id }) => id) };
}

for (const vector of vectors) {
  test(`data root and object id of ${vector.label}, profile ${vector.profile}`, () => {
    const made =
      vector.kind === 3 ? collection(vector) : { bytes: content(vector.label, vector.size), ids: [] };
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

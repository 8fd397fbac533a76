import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphTable, PARENTS } from '../../src/proof/graph.ts';
import { foldNodes, leafHashes } from '../../src/proof/merkle.ts';
import { decodeReplica, encodeReplica } from '../../src/proof/replica.ts';
import { segmentId } from '../../src/proof/segments.ts';
import { hex, sha256 } from './reference-tree.ts';
import { known, layerZero } from './replica-vectors.ts';

for (const { pass, blocks, digest } of known.graph) {
  test(`the graph of pass ${pass} up to block ${blocks}`, () => {
    const { parents, masks } = graphTable(pass, blocks + 1);
    const all = Buffer.alloc(blocks * PARENTS * 5);
    for (let block = 1, at = 0; block <= blocks; block++) {
      const edges = Array.from({ length: PARENTS }, (_, k) => PARENTS * block + k);
      for (const edge of edges) at = all.writeUInt32BE(parents[edge] ?? 0, at);
      for (const edge of edges) at = all.writeUInt8(masks[edge] ?? 0, at);
    }
    assert.equal(hex(sha256(all)), digest);
  });
}

for (const vector of known.vectors) {
  test(`the replica of ${vector.label}, profile ${vector.profile}`, () => {
    const replicaId = Buffer.from(vector.replicaId, 'hex');
    const segments = vector.segmentIds.map((_, segment) => hex(segmentId(replicaId, segment)));
    assert.deepEqual(segments, vector.segmentIds);
    const content = layerZero(vector);
    const plan = { replicaId, passes: vector.R.length };
    const layers = encodeReplica(content, plan);
    assert.deepEqual(layers[0], layerZero(vector), 'the content is left as it was');
    assert.deepEqual(
      layers.slice(1).map((layer) => hex(foldNodes(leafHashes(layer)))),
      vector.R,
    );
    const replica = layers.at(-1) ?? new Uint8Array();
    assert.equal(hex(replica.subarray(0, 64)), vector.replicaFirst64);
    assert.equal(hex(replica.subarray(-64)), vector.replicaLast64);
    assert.equal(hex(sha256(replica)), vector.replicaSha256);
    assert.deepEqual(decodeReplica(replica, plan), layers);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Statement, signCommitment } from '../../src/proof/commitment.ts';
import { loneSegmentId } from '../../src/proof/lone-segment.ts';
import { makeSigner } from '../support/open-shares.ts';
import { referenceId } from '../support/share-content.ts';
import { referenceSegmentId } from './reference-replica.ts';
import { sha256, testBytes } from './reference-tree.ts';

test('the segment id of a chunk is that of its definition, for any statement', () => {
  for (const profile of [1, 2])
    for (let seed = 1; seed < 20; seed++) {
      const signer = makeSigner();
      const dataRoot = testBytes(32, seed);
      const statement: Statement = {
        profile,
        networkId: testBytes(32, seed + 100),
        id: referenceId(1, seed, 1, dataRoot),
        kind: 1,
        sizeBytes: seed,
        count: 1,
        dataRoot,
        storerKey: signer.publicKey,
        seed: testBytes(32, seed + 200),
        round: BigInt(seed) << 40n,
        replicaIndex: seed * 1_000_003,
        layerRoots: Array.from({ length: profile }, (_, l) => testBytes(32, seed + 300 + l)),
      };
      const tag = Buffer.alloc(32);
      tag.write('provender/replica/v1');
      const numbers = Buffer.alloc(12);
      numbers.writeBigUInt64BE(statement.round, 0);
      numbers.writeUInt32BE(statement.replicaIndex, 8);
      const { networkId, id, storerKey } = statement;
      const replicaId = sha256(
        tag,
        Uint8Array.of(0, profile),
        networkId,
        id,
        storerKey,
        statement.seed,
        numbers,
      );
      const expected = Buffer.from(referenceSegmentId(replicaId, 0));
      assert.deepEqual(Buffer.from(loneSegmentId(signCommitment(statement, signer))), expected);
    }
});

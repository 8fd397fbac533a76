import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { OBJECT_KIND } from '../../src/content/object-id.ts';
import { SharesReplicaKeeper } from '../../src/node/replica-keeper.ts';
import { PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import { hex, referenceDataRoot, testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { pieces, referenceFileId, setFile, sourceOf } from '../support/share-content.ts';

const PLACED = { round: 12n, seed: testBytes(32, 9), replicaIndex: 0 };
const LIMIT = 2 ** 24;

function objectOf(content: Uint8Array): Parameters<SharesReplicaKeeper['keep']>[0] {
  const id = referenceFileId(content);
  const facts = { kind: OBJECT_KIND.file, sizeBytes: content.length, count: 1 };
  return { ...facts, id, profile: 2, placed: PLACED };
}

test('a replica is kept, counted as foretold, proven for its Challenge, and dropped', async () => {
  await using open = await openShares({ limitBytes: LIMIT });
  const keeper = new SharesReplicaKeeper(open.shares);
  const content = testBytes(300_000);
  const object = objectOf(content);
  assert.equal(await keeper.holds(object.id), false);
  assert.equal(keeper.freeBytes(), LIMIT);
  const { dataRoot, layerRoots } = await keeper.keep(object, sourceOf(...pieces(content, 65_000)));
  assert.equal(hex(dataRoot), hex(referenceDataRoot(content)));
  assert.equal(keeper.freeBytes(), LIMIT - keeper.storedBytes(object));
  assert.equal(await keeper.holds(object.id), true);
  const statement = decodeCommitment((await open.shares.statFile(object.id)).commitment);
  assert.deepEqual(layerRoots, statement.layerRoots);
  const challenge = { mode: PROOF_MODE.init, form: PROOF_FORM.relation, k: 132, beacon: randomBytes(32) };
  const proof = await keeper.prove(object.id, challenge);
  assert.deepEqual(verifyReplicaProof(statement, challenge, proof), { ok: true });
  await keeper.drop(object.id);
  await keeper.drop(object.id);
  assert.equal(await keeper.holds(object.id), false);
  assert.equal(keeper.freeBytes(), LIMIT);
});

test('other bytes, no room and other kinds are refused, and nothing stays', async () => {
  await using open = await openShares({ limitBytes: LIMIT });
  const keeper = new SharesReplicaKeeper(open.shares);
  const content = testBytes(300_000);
  const object = objectOf(content);
  await assert.rejects(keeper.keep(object, sourceOf(testBytes(300_000, 5))), { code: 'PROVENDER_INVALID' });
  await assert.rejects(keeper.keep(object, sourceOf(content.subarray(1))), { code: 'PROVENDER_INVALID' });
  await assert.rejects(keeper.keep({ ...object, sizeBytes: LIMIT }, sourceOf()), {
    code: 'PROVENDER_OVER_QUOTA',
  });
  for (const kind of [OBJECT_KIND.chunk, OBJECT_KIND.collection])
    await assert.rejects(keeper.keep({ ...object, kind }, sourceOf(content)), {
      code: 'PROVENDER_UNSUPPORTED',
    });
  assert.equal(keeper.freeBytes(), LIMIT);
});

test('what a user set directly is in the way of a placement, and is not dropped with one', async () => {
  await using open = await openShares({ limitBytes: LIMIT });
  const keeper = new SharesReplicaKeeper(open.shares);
  const content = testBytes(10_000);
  await setFile(open.shares, content);
  const object = objectOf(content);
  await assert.rejects(keeper.keep(object, sourceOf(content)), { code: 'PROVENDER_CONFLICT' });
  await keeper.drop(object.id);
  assert.equal(await keeper.holds(object.id), true);
});

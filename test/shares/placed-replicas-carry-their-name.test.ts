import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import { compareBytes, objectIdHex } from '../../src/content/object-id.ts';
import { PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { decodeCommitment, isSignedByStorer, type Statement } from '../../src/proof/commitment.ts';
import { profilePasses } from '../../src/proof/profile.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import type { FileDeclaration, PlacedName, SetOutcome, Shares } from '../../src/shares/shares.ts';
import { referencePass, referenceSegmentId } from '../proof/reference-replica.ts';
import { hex, referenceDataRoot, testBytes } from '../proof/reference-tree.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import { openScrubber } from '../support/open-scrubber.ts';
import { getFile, pieces, referenceFileId, setFile, sourceOf } from '../support/share-content.ts';

const NETWORK = testBytes(32, 77);
const PLACED: PlacedName = { round: 0x1_0000_0005n, seed: testBytes(32, 9), replicaIndex: 3 };

function place(
  shares: Shares,
  content: Uint8Array,
  declared: Partial<FileDeclaration> = {},
): Promise<SetOutcome> {
  const known = { sizeBytes: content.length, id: referenceFileId(content), profile: 2, placed: PLACED };
  return shares.setFile({ ...known, ...declared }, sourceOf(...pieces(content, 50_000)));
}

/** replicaId of section 2 of proof-of-replication.md, with OpenSSL. */
function referenceReplicaId({ profile, id, storerKey, seed, round, replicaIndex }: Statement): Uint8Array {
  const tag = Buffer.alloc(32);
  tag.write('provender/replica/v1');
  const numbers = Buffer.alloc(14);
  numbers.writeUInt16BE(profile, 0);
  numbers.writeBigUInt64BE(round, 2);
  numbers.writeUInt32BE(replicaIndex, 10);
  const parts = [tag, numbers.subarray(0, 2), NETWORK, id, storerKey, seed, numbers.subarray(2)];
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

test('a placed replica is encoded under its round, seed and index, and its Commitment says so', async () => {
  for (const profile of [1, 2]) {
    await using open = await openShares({ networkId: NETWORK });
    const content = testBytes(9000);
    const { stat } = await place(open.shares, content, { profile });
    const statement = decodeCommitment(stat.commitment);
    const { round, seed, replicaIndex } = statement;
    assert.deepEqual({ round, seed, replicaIndex }, PLACED);
    assert.equal(hex(statement.storerKey), hex(open.signer.publicKey));
    assert.ok(isSignedByStorer(stat.commitment));
    const segment = referenceSegmentId(referenceReplicaId(statement), 0);
    let layer = new Uint8Array(3 * 4096);
    layer.set(content);
    for (let pass = 1; pass <= profilePasses(profile); pass++) {
      layer = new Uint8Array(referencePass(layer, segment, pass));
      assert.equal(hex(statement.layerRoots[pass - 1] ?? layer), hex(referenceDataRoot(layer)));
    }
  }
});

for (const [name, openStore] of Object.entries(TEST_STORES))
  test(`placed replicas read back, are proven and scrubbed on ${name}`, async () => {
    await using testStore = await openStore();
    await using open = await openShares({ ...testStore, networkId: NETWORK });
    for (const size of [0, 5, 300_001, STRIPE_SIZE + 4097]) {
      const content = testBytes(size, size + 1);
      const { stat } = await place(open.shares, content);
      assert.ok((await getFile(open.shares, stat.id)).equals(content));
      const challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.relation, k: 17, beacon: randomBytes(32) };
      const { proof, commitment } = await open.shares.verifyFile({ id: stat.id, challenge });
      const statement = decodeCommitment(commitment);
      assert.equal(statement.round, PLACED.round);
      assert.deepEqual(verifyReplicaProof(statement, challenge, proof), { ok: true });
      const other = { ...statement, round: statement.round + 1n };
      assert.equal(verifyReplicaProof(other, challenge, proof).ok, false);
    }
    const owner = { storerKey: open.signer.publicKey, networkId: NETWORK };
    await using scrub = await openScrubber(open, { owner });
    await scrub.round({ isDeep: true });
    assert.deepEqual(scrub.events.damage, []);
    assert.equal(scrub.events.told.at(-1), 'finished');
  });

test('the same name again is answered without a read of the source', async () => {
  await using open = await openShares();
  const content = testBytes(20_000);
  const first = await place(open.shares, content);
  const declared = { sizeBytes: content.length, id: first.stat.id, profile: 2, placed: PLACED };
  async function* unread(): AsyncGenerator<Uint8Array, void> {
    yield await Promise.reject(new Error('read'));
  }
  const again = await open.shares.setFile(declared, unread());
  assert.equal(again.held, true);
  assert.equal(hex(again.commR), hex(first.commR));
  assert.equal((await setFile(open.shares, content)).held, true, 'a set without a name takes any replica');
});

test('another name, another profile or a direct share is a conflict that says what is held', async () => {
  await using open = await openShares();
  const content = testBytes(20_000);
  const { stat } = await place(open.shares, content);
  const id = objectIdHex(stat.id);
  const found = { id, round: PLACED.round, replicaIndex: 3, profile: 2 };
  const others: readonly Partial<FileDeclaration>[] = [
    { placed: { ...PLACED, round: 1n } },
    { placed: { ...PLACED, seed: testBytes(32, 1) } },
    { placed: { ...PLACED, replicaIndex: 0 } },
    { profile: 1 },
  ];
  for (const other of others)
    await assert.rejects(place(open.shares, content, other), { code: 'PROVENDER_CONFLICT', details: found });
  const direct = testBytes(5000);
  await setFile(open.shares, direct);
  await assert.rejects(place(open.shares, direct), (error: { code: string; details: { round: bigint } }) => {
    return error.code === 'PROVENDER_CONFLICT' && error.details.round === 0n;
  });
});

test('of two placements of one file at once under two names one stands and one is a conflict', async () => {
  await using open = await openShares();
  const content = testBytes(200_000);
  const names = [1n, 2n].map((round) => ({ ...PLACED, round }));
  const ended = await Promise.allSettled(names.map((placed) => place(open.shares, content, { placed })));
  const won = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const lost = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  assert.equal(won.length, 1);
  assert.deepEqual(
    lost.map(({ code }) => code),
    ['PROVENDER_CONFLICT'],
  );
  const held = await open.shares.statFile(referenceFileId(content));
  assert.equal(compareBytes(held.commitment, won[0]?.stat.commitment ?? new Uint8Array()), 0);
  assert.ok((await getFile(open.shares, held.id)).equals(content));
});

test('a name without an id, or with fields that no Commitment has room for, is refused', async () => {
  await using open = await openShares();
  const content = testBytes(10);
  const wrong: readonly FileDeclaration[] = [
    { sizeBytes: 10, placed: PLACED },
    ...[
      { ...PLACED, round: -1n },
      { ...PLACED, round: 2n ** 64n },
      { ...PLACED, seed: new Uint8Array(31) },
      { ...PLACED, replicaIndex: -1 },
      { ...PLACED, replicaIndex: 0.5 },
      { ...PLACED, replicaIndex: 2 ** 32 },
    ].map((placed) => ({ sizeBytes: 10, id: referenceFileId(content), placed })),
  ];
  for (const declared of wrong)
    await assert.rejects(open.shares.setFile(declared, sourceOf(content)), { code: 'PROVENDER_INVALID' });
});

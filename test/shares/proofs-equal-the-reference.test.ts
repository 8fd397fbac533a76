import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ascending } from '../../src/content/ascending.ts';
import { parseObjectId } from '../../src/content/object-id.ts';
import { encodeHead } from '../../src/objects/head.ts';
import { TAG_LONE } from '../../src/objects/tag.ts';
import { type Challenge, isChallenge } from '../../src/proof/challenge.ts';
import { isSignedByStorer, signCommitment, type Statement } from '../../src/proof/commitment.ts';
import { siblingCount } from '../../src/proof/multiproof.ts';
import { openedLeaves } from '../../src/proof/opened-leaves.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import type { Shares } from '../../src/shares/shares.ts';
import { cut, hex, referenceRoot, sha256, testBytes } from '../proof/reference-tree.ts';
import { known, layerZero, type ReplicaVector, statementOf } from '../proof/replica-vectors.ts';
import { CountingStore } from '../support/counting-store.ts';
import { makeSigner, openShares, TEST_STORES } from '../support/open-shares.ts';
import { writeChunk, writeCollection, writeFile, type WrittenShare } from '../support/replica-writer.ts';
import { makeChunks } from '../support/share-content.ts';
import type { MemoryObjectStore } from '../support/memory-object-store.ts';

const BLOCK = 4096;
const ZEROS = new Uint8Array(32);
const beacon = testBytes(32, 5);

/** Every kind of challenge that the format knows, for some object or other. */
const CHALLENGES: readonly Challenge[] = [
  { mode: 1, form: 0, k: 0, beacon: ZEROS },
  { mode: 2, form: 0, k: 0, beacon: ZEROS },
  { mode: 1, form: 1, k: 132, beacon },
  { mode: 1, form: 2, k: 132, beacon },
  { mode: 2, form: 1, k: 527, beacon: ZEROS },
  { mode: 2, form: 2, k: 527, beacon: ZEROS },
  { mode: 3, form: 1, k: 1, beacon },
  { mode: 3, form: 2, k: 1, beacon },
  ...[1, 2].flatMap((form) => [1, 2, 17, 128].map((k) => ({ mode: 4, form, k, beacon }))),
];

/** For objects of which the reference hashes millions of bytes each time. */
const FEW = CHALLENGES.filter(({ mode, form, k }) => mode === 1 || (form === 2 && k === 17));

/** Asks for every challenge: those that exist give the bytes of the reference, the others are refused. */
async function assertProofs(
  prove: Shares['verifyShare'],
  { id, statement, layers }: Omit<WrittenShare, 'tag'>,
): Promise<void> {
  const facts = { blocks: (layers[0]?.length ?? 0) / BLOCK, passes: layers.length - 1 };
  for (const challenge of facts.blocks > 100 ? FEW : CHALLENGES) {
    const name = `${facts.blocks} blocks, profile ${facts.passes}, ${JSON.stringify({ ...challenge, beacon: 0 })}`;
    if (!isChallenge(challenge, facts)) {
      await assert.rejects(prove({ id, challenge }), { code: 'PROVENDER_INVALID' }, name);
      continue;
    }
    const { proof, commitment } = await prove({ id, challenge });
    assert.ok(Buffer.compare(proof, proveReplica(statement, layers, challenge)) === 0, name);
    assert.deepEqual(verifyReplicaProof(statement, challenge, proof), { ok: true }, name);
    assert.ok(isSignedByStorer(commitment));
  }
}

for (const profile of [0, 1, 2]) {
  test(`proofs of lone chunks equal the reference, profile ${profile}`, async () => {
    await using open = await openShares();
    const writer = { store: open.store, signer: makeSigner(), profile };
    for (const size of [0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096])
      await assertProofs(
        (question) => open.shares.verifyShare(question),
        await writeChunk(writer, testBytes(size)),
      );
  });

  test(`proofs of files equal the reference, profile ${profile}`, async () => {
    await using open = await openShares();
    const writer = { store: open.store, signer: makeSigner(), profile };
    const stripe = 1024 * BLOCK;
    const sizes = [
      0,
      1,
      33,
      65,
      4096,
      4097,
      8192,
      131_072,
      131_073,
      stripe,
      stripe + 1,
      2 * stripe + 5 * BLOCK,
    ];
    for (const size of sizes)
      await assertProofs(
        (question) => open.shares.verifyFile(question),
        await writeFile(writer, testBytes(size)),
      );
  });

  test(`proofs of collections equal the reference, asked for by their own id or by that of a chunk, profile ${profile}`, async () => {
    await using open = await openShares();
    const writer = { store: open.store, signer: makeSigner(), profile };
    for (const count of [1, 2, 64, 1030]) {
      const chunks = makeChunks(count, count);
      const written = await writeCollection(writer, chunks);
      await assertProofs((question) => open.shares.verifyShare(question), written);
      const position = count - 1;
      const id = chunks[position]?.id ?? written.id;
      const challenge = { mode: 4, form: 2, k: 5, beacon };
      const { collection, proof, ...inside } = await open.shares.verifyShare({ id, challenge });
      assert.deepEqual(
        [hex(inside.id), hex(collection?.id ?? ZEROS), collection?.position],
        [hex(id), hex(written.id), position],
      );
      assert.equal(hex(proof), hex(proveReplica(written.statement, written.layers, challenge)));
      assert.deepEqual((await open.shares.verifyShare({ id: written.id, challenge })).collection, undefined);
    }
  });
}

/** Stores the object of a known answer as its storer would have. */
async function storeVector(
  store: MemoryObjectStore,
  vector: ReplicaVector,
  { statement, layers }: { statement: Statement; layers: readonly Uint8Array[] },
): Promise<void> {
  const replica = layers.at(-1) ?? ZEROS;
  const signer = { publicKey: statement.storerKey, sign: () => new Uint8Array(64) };
  const commitment = signCommitment(statement, signer);
  const { id } = statement;
  if (vector.kind === 1) {
    await store.setChunk({ id, head: encodeHead(TAG_LONE, commitment), block: replica });
    return;
  }
  const tag = await store.stage();
  const columns = layers.flatMap((layer) => cut(layer, BLOCK).map((block) => referenceRoot(cut(block, 64))));
  const lengths = new Uint8Array(vector.kind === 3 ? 2 * vector.nBlocks : 0);
  await store.writeStripe(tag, 0, Buffer.concat([replica, ...columns, lengths]));
  await store.publish(id, encodeHead(tag, commitment));
}

test('proofs made from stored shares are the known answers', async () => {
  for (const vector of known.vectors) {
    await using open = await openShares();
    const statement = statementOf(vector);
    const plan = { replicaId: Buffer.from(vector.replicaId, 'hex'), passes: vector.R.length };
    await storeVector(open.store, vector, { statement, layers: encodeReplica(layerZero(vector), plan) });
    const id = parseObjectId(vector.objectId);
    for (const { mode, form, k, beaconUsed, ...expected } of vector.proofs) {
      const challenge = {
        mode,
        form,
        k,
        beacon: beaconUsed === 'zero' ? ZEROS : Buffer.from(known.beacon, 'hex'),
      };
      const question = { id, challenge };
      const { proof } = await (vector.kind === 2
        ? open.shares.verifyFile(question)
        : open.shares.verifyShare(question));
      const found = { bytes: proof.length, sha256: hex(sha256(proof)) };
      assert.deepEqual(
        found,
        expected,
        `${vector.label}, profile ${vector.profile}, mode ${mode}, form ${form}`,
      );
    }
  }
});

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`proofs come from store ${name}, also when one share is asked for twice`, async () => {
    await using opened = await openStore();
    await using open = await openShares({ store: opened.store });
    const writer = { store: opened.store, signer: makeSigner(), profile: 2 };
    const chunk = await writeChunk(writer, testBytes(1000));
    await assertProofs((question) => open.shares.verifyShare(question), chunk);
    await assertProofs(
      (question) => open.shares.verifyFile(question),
      await writeFile(writer, testBytes(33 * BLOCK)),
    );
    await assertProofs(
      (question) => open.shares.verifyShare(question),
      await writeCollection(writer, makeChunks(70)),
    );
    const asked = [1, 2].flatMap((form) => [3, 3].map((k) => ({ mode: 4, form, k, beacon })));
    const items = await open.shares.verifyShares(asked.map((challenge) => ({ id: chunk.id, challenge })));
    for (const [i, challenge] of asked.entries()) {
      const item = items[i];
      assert.ok(item !== undefined && 'proof' in item);
      assert.equal(hex(item.proof.proof), hex(proveReplica(chunk.statement, chunk.layers, challenge)));
    }
  });
}

test('a one-leaf proof of a 100 MB file reads less than 64 KiB of the store', async () => {
  const store = new CountingStore();
  const { id } = await writeFile({ store, signer: makeSigner(), profile: 2 }, testBytes(100_000_000));
  for (let round = 0; round < 5; round++) {
    const { shares } = await openShares({ store }); // one that has nothing in its caches
    store.readBytes = 0;
    await shares.verifyFile({ id, challenge: { mode: 4, form: 2, k: 1, beacon: testBytes(32, round) } });
    assert.ok(store.readBytes > 0 && store.readBytes < 65_536, `${store.readBytes} bytes`);
    await shares.close();
  }
  await store.close();
});

test('the largest proof that can be asked for is shorter than 8 MiB', () => {
  const blocks = 2 ** 24; // 64 GiB
  const leaves = 64 * blocks;
  // spread as far apart as they go, which makes the paths longest
  const challenged = Array.from({ length: 527 }, (_, t) => Math.floor(((t + 0.37) * leaves) / 527));
  const opened = [
    openedLeaves(2, blocks, challenged),
    openedLeaves(1, blocks, challenged),
    ascending(challenged),
  ];
  const sizes = opened.map((indices) => 8 + 68 * indices.length + 32 * siblingCount(indices, leaves));
  const total = sizes.reduce((sum, size) => sum + size, 108);
  assert.ok(total > 4_000_000 && total < 8 * 2 ** 20, `${total} bytes`);
});

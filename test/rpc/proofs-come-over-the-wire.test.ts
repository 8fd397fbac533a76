import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { compareBytes, type ObjectId, objectIdHex, parseObjectId } from '../../src/content/object-id.ts';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import { openShares } from '../support/open-shares.ts';
import { eventually, openRpcNode, serveShares, untilAborted } from '../support/rpc-node.ts';

const CORRUPT = { code: 'PROVENDER_CORRUPT' };

function audit(k: number, form: number = PROOF_FORM.possession): Challenge {
  return { mode: PROOF_MODE.audit, form, k, beacon: randomBytes(32) };
}

test('a node proves chunks, collections and files, and the client checks it', async () => {
  await using opened = await openShares({ profiles: { chunks: 1, files: 2 } });
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const chunk = await client.setShare(randomBytes(1000));
  const chunks = Array.from({ length: 70 }, () => randomBytes(100));
  const collection = await client.setShares(chunks);
  const file = await client.setFile({ sizeBytes: 300_000 }, [randomBytes(300_000)]);
  for (const challenge of [audit(1), audit(128), audit(5, PROOF_FORM.relation)]) {
    const proofs = [
      await client.verifyShare({ id: chunk.stat.id, challenge }),
      await client.verifyShare({ id: collection.stat.id, challenge }),
      await client.verifyFile({ id: file.stat.id, challenge }),
    ];
    for (const { verdict, commitment, proof } of proofs) {
      assert.deepEqual(verdict, { ok: true });
      assert.deepEqual(verifyReplicaProof(decodeCommitment(commitment), challenge, proof), { ok: true });
    }
  }
  const beacon = randomBytes(32);
  const init = { mode: PROOF_MODE.init, form: PROOF_FORM.relation, k: 132, beacon };
  assert.deepEqual((await client.verifyFile({ id: file.stat.id, challenge: init })).verdict, { ok: true });
  const whole = { mode: PROOF_MODE.init, form: PROOF_FORM.whole, k: 0, beacon: new Uint8Array(32) };
  assert.deepEqual((await client.verifyShare({ id: chunk.stat.id, challenge: whole })).verdict, { ok: true });
});

test('a chunk inside a collection answers the collection, its position and that proof', async () => {
  await using opened = await openShares({ profiles: { chunks: 1, files: 2 } });
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const chunks = Array.from({ length: 130 }, () => randomBytes(500));
  const { stat } = await client.setShares(chunks);
  const ids: ObjectId[] = [];
  for await (const items of client.readShares({ collection: stat.id, first: 0 }))
    ids.push(...items.map(({ id }) => id));
  for (const position of [0, 64, 129]) {
    const id = ids[position] ?? stat.id;
    const proof = await client.verifyShare({ id, challenge: audit(3) });
    assert.deepEqual(proof.verdict, { ok: true });
    assert.equal(compareBytes(proof.id, id), 0);
    assert.equal(objectIdHex(proof.collection?.id ?? id), objectIdHex(stat.id));
    assert.equal(proof.collection?.position, position);
    assert.equal(objectIdHex(decodeCommitment(proof.commitment).id), objectIdHex(stat.id));
  }
});

test('many questions keep their order, and each failure its place', async () => {
  await using opened = await openShares({ profiles: { chunks: 1, files: 2 } });
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const { stat: inCollection } = await client.setShares([randomBytes(9), randomBytes(10)]);
  const lone = await Promise.all(Array.from({ length: 100 }, () => client.setShare(randomBytes(64))));
  const absent = parseObjectId(randomBytes(32));
  const questions = [
    ...lone.slice(0, 40).map(({ stat }) => ({ id: stat.id, challenge: audit(2) })),
    { id: absent, challenge: audit(1) },
    { id: inCollection.id, challenge: audit(1) },
    { id: inCollection.id, challenge: audit(129) },
    ...lone.slice(40).map(({ stat }) => ({ id: stat.id, challenge: audit(1, PROOF_FORM.relation) })),
    { id: lone[0]?.stat.id ?? absent, challenge: { ...audit(1), mode: PROOF_MODE.init } },
  ];
  const items = await client.verifyShares(questions);
  assert.equal(items.length, questions.length);
  const failed = items.flatMap((item, i) => ('error' in item ? [[i, item.error.code]] : []));
  assert.deepEqual(failed, [
    [40, 'PROVENDER_NOT_FOUND'],
    [42, 'PROVENDER_INVALID'],
    [103, 'PROVENDER_INVALID'],
  ]);
  for (const [i, item] of items.entries()) {
    assert.equal(compareBytes(item.id, questions[i]?.id ?? absent), 0);
    if ('proof' in item) assert.deepEqual(item.proof.verdict, { ok: true });
  }
});

test('what is not held, or not as this kind, is not proven', async () => {
  await using opened = await openShares();
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const chunk = await client.setShare(randomBytes(5));
  const file = await client.setFile({ sizeBytes: 5 }, [randomBytes(5)]);
  const missing = { code: 'PROVENDER_NOT_FOUND' };
  await assert.rejects(client.verifyFile({ id: chunk.stat.id, challenge: audit(1) }), missing);
  await assert.rejects(client.verifyShare({ id: file.stat.id, challenge: audit(1) }), missing);
  const relation = { id: file.stat.id, challenge: audit(1, PROOF_FORM.relation) };
  await assert.rejects(client.verifyFile(relation), /profile none.*ask for possession/);
});

test('a damaged share is answered with an error and never with a proof', async () => {
  await using opened = await openShares({ profiles: { chunks: 1, files: 2 } });
  await using node = await serveShares(opened.shares);
  const { client } = node;
  const file = await client.setFile({ sizeBytes: 10_000 }, [randomBytes(10_000)]);
  const chunk = await client.setShare(randomBytes(100));
  const [data] = opened.store.data.values();
  data?.stripes.get(0)?.fill(0, 0, 3 * 4096);
  [...opened.store.chunks.values()][0]?.block.fill(0);
  await assert.rejects(client.verifyFile({ id: file.stat.id, challenge: audit(1) }), CORRUPT);
  const relation = audit(1, PROOF_FORM.relation);
  await assert.rejects(client.verifyFile({ id: file.stat.id, challenge: relation }), CORRUPT);
  await assert.rejects(client.verifyShare({ id: chunk.stat.id, challenge: audit(1) }), CORRUPT);
  const [item] = await client.verifyShares([{ id: chunk.stat.id, challenge: audit(1) }]);
  assert.equal(item !== undefined && 'error' in item && item.error.code, 'PROVENDER_CORRUPT');
  assert.deepEqual(
    (await opened.store.quarantined()).map(({ key }) => key.slice(0, 2)).toSorted(),
    [...opened.store.data.keys()]
      .map((name) => name.slice(0, 2))
      .concat('c/')
      .toSorted(),
  );
});

test('a proof of another beacon, object or node is told by the verdict', async () => {
  await using opened = await openShares();
  await using node = await serveShares(opened.shares);
  const { stat } = await node.client.setShare(randomBytes(500));
  const other = await node.client.setShare(randomBytes(500));
  await using liar = await openRpcNode();
  const { client, shares } = liar;
  const bytes = randomBytes(3);
  const { stat: asked } = await client.setShare(bytes);
  const honest = await node.client.verifyShare({ id: stat.id, challenge: audit(1) });

  shares.prove = () => honest.proof;
  const bogus = await client.verifyShare({ id: asked.id, challenge: audit(1) });
  assert.deepEqual(bogus.verdict?.ok === false && bogus.verdict.reason, 'statement');
  shares.verifyShare = async ({ id }) => ({ ...honest, id });
  const replayed = await client.verifyShare({ id: stat.id, challenge: audit(1) });
  assert.deepEqual(replayed.verdict?.ok === false && replayed.verdict.reason, 'challenge');
  const exchanged = await client.verifyShare({ id: other.stat.id, challenge: audit(1) });
  assert.deepEqual(exchanged.verdict?.ok === false && exchanged.verdict.reason, 'statement');
  const unchecked = await client.verifyShare({ id: other.stat.id, challenge: audit(1) }, { verify: false });
  assert.equal(unchecked.verdict, undefined);
});

test('an answer with other items than asked for is refused', async () => {
  await using node = await openRpcNode();
  const { client, shares } = node;
  const [a, b] = [await client.setShare(randomBytes(3)), await client.setShare(randomBytes(4))];
  const questions = [a, b].map(({ stat }) => ({ id: stat.id, challenge: audit(1) }));
  const honest = shares.verifyShares.bind(shares);
  shares.verifyShares = async (asked) => (await honest(asked)).toReversed();
  await assert.rejects(client.verifyShares(questions), CORRUPT);
  shares.verifyShares = async (asked) => honest(asked.slice(1));
  await assert.rejects(client.verifyShares(questions), CORRUPT);
});

test('a proof whose caller has gone is not worked on', async () => {
  await using node = await openRpcNode();
  const { client, shares } = node;
  const { stat } = await client.setFile({ sizeBytes: 1 }, [randomBytes(1)]);
  let aborted = 0;
  shares.gate = async (signal) => untilAborted(signal).finally(() => aborted++);
  const caller = new AbortController();
  const call = client.verifyFile({ id: stat.id, challenge: audit(1) }, { signal: caller.signal });
  await eventually('the call runs', () => node.server.runningCalls > 0);
  caller.abort();
  await assert.rejects(call, { code: 'PROVENDER_CANCELLED' });
  await eventually('its work is aborted', () => aborted === 1);
});

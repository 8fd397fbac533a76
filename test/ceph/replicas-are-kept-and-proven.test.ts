import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BLOCK_SIZE, STRIPE_SIZE } from '../../src/content/geometry.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import { decodeHead } from '../../src/objects/head.ts';
import { stripeKey } from '../../src/objects/data-names.ts';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { checkProof } from '../../src/proof/check-proof.ts';
import type { ShareProof } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { openScrubber } from '../support/open-scrubber.ts';
import { openShares } from '../support/open-shares.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { getFile, makeChunks, setCollection, setFile } from '../support/share-content.ts';

const ceph = useCeph();
const CONTENT = testBytes(STRIPE_SIZE + 5 * BLOCK_SIZE + 17);
const CHUNKS = makeChunks(70);

function audit(form: number, k: number): Challenge {
  return { mode: PROOF_MODE.audit, form, k, beacon: Uint8Array.from(randomBytes(32)) };
}

function assertValid(proof: ShareProof, challenge: Challenge, id: ObjectId): void {
  assert.deepEqual(checkProof(proof, { challenge, id }), { ok: true });
}

test(
  'replicas come back from a pool, are proven, and a scrub finds what was damaged in it',
  WITH_CEPH,
  async () => {
    const place = await radosPlace(ceph);
    const store = await place.open({ beatMs: 1000, deadMs: 120_000 });
    await using held = await openShares({ store, profiles: { chunks: 1, files: 2 } });
    const { shares } = held;
    const file = (await setFile(shares, CONTENT)).stat;
    const collection = (await setCollection(shares, CHUNKS)).stat;
    const lone = (await shares.setShare(testBytes(4000))).stat;
    assert.deepEqual([file.profile, collection.profile, lone.profile], [2, 1, 1]);

    assert.ok(Buffer.from(await getFile(shares, file.id)).equals(CONTENT));
    const read = await shares.getShares([lone.id, ...CHUNKS.slice(0, 20).map(({ id }) => id)]);
    assert.deepEqual(
      read.map((item) => 'bytes' in item && item.bytes.length),
      [4000, ...CHUNKS.slice(0, 20).map(({ bytes }) => bytes.length)],
    );

    for (const form of [PROOF_FORM.possession, PROOF_FORM.relation]) {
      const challenge = audit(form, 5);
      assertValid(await shares.verifyFile({ id: file.id, challenge }), challenge, file.id);
      for (const { id } of [collection, lone])
        assertValid(await shares.verifyShare({ id, challenge }), challenge, id);
    }

    await using scrub = await openScrubber(held);
    await scrub.round();
    assert.equal(scrub.events.damage.length, 0);
    await using connection = await place.connect();
    await using data = await connection.pool(place.pool, { namespace: `${place.namespace}.data` });
    const { tag } = decodeHead((await store.getHead(file.id)) ?? new Uint8Array());
    const key = stripeKey(tag, 1);
    const byte = new Uint8Array(1);
    await data.read(key, { into: byte, offset: 3 * BLOCK_SIZE });
    await data.write(key, 3 * BLOCK_SIZE, Uint8Array.of((byte[0] ?? 0) ^ 1));
    await scrub.round();
    const found = scrub.events.damage.map((damage) => [damage.kind, damage.key, damage.block]);
    assert.deepEqual(found, [['block', key, 1024 + 3]]);
    await assert.rejects(getFile(shares, file.id), { code: 'PROVENDER_CORRUPT' });
  },
);

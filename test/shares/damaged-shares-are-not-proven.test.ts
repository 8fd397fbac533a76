import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, STRIPE_BLOCKS } from '../../src/content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { tagName } from '../../src/objects/tag.ts';
import { type Challenge, challengedLeaves, challengeSeed } from '../../src/proof/challenge.ts';
import type { Statement } from '../../src/proof/commitment.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import type { ShareProof } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { CountingStore } from '../support/counting-store.ts';
import { type OpenShares, makeSigner, openShares } from '../support/open-shares.ts';
import { writeChunk, writeCollection, writeFile, type WrittenShare } from '../support/replica-writer.ts';
import { makeChunks } from '../support/share-content.ts';

const signer = makeSigner();
const BLOCKS = STRIPE_BLOCKS + 200;
const CONTENT = testBytes(BLOCKS * BLOCK_SIZE - 100);

function flip(bytes: Uint8Array | undefined, at: number): void {
  assert.ok(bytes !== undefined && at < bytes.length, 'there is nothing to damage');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

function audit(k: number, form = 2, seed = 1): Challenge {
  return { mode: 4, form, k, beacon: testBytes(32, seed) };
}

/** Blocks that a challenge draws of an object. */
function drawnBlocks(statement: Statement, challenge: Challenge, blocks: number): number[] {
  const leaves = challengedLeaves(challengeSeed(statement, challenge), challenge.k, 64 * blocks);
  return leaves.map((leaf) => Math.floor(leaf / 64));
}

/** The question is refused as corrupt, told and marked under this key. */
async function assertCorrupt(open: OpenShares, asked: Promise<unknown>, key: string): Promise<void> {
  await assert.rejects(asked, (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_CORRUPT'), String(error));
    assert.equal(error.details['key'], key);
    return true;
  });
  assert.equal((await open.store.quarantined())[0]?.key, key);
  assert.equal(open.reports[0]?.key, key);
}

/** A file of two stripes in profile 2, in a store of its own. */
async function openFile(profile = 2): Promise<{ open: OpenShares; file: WrittenShare; name: string }> {
  const open = await openShares();
  const file = await writeFile({ store: open.store, signer, profile }, CONTENT);
  return { open, file, name: tagName(file.tag) };
}

for (const profile of [0, 1, 2]) {
  test(`a damaged block that is challenged is no proof, profile ${profile}`, async () => {
    const { open, file, name } = await openFile(profile);
    const [block = 0] = drawnBlocks(file.statement, audit(1), BLOCKS);
    const stripe = Math.floor(block / STRIPE_BLOCKS);
    flip(open.store.data.get(name)?.stripes.get(stripe), (block % STRIPE_BLOCKS) * BLOCK_SIZE + 77);
    const asked = open.shares.verifyFile({ id: file.id, challenge: audit(1) });
    await assertCorrupt(open, asked, `${name}/00000${stripe}`);
    await open[Symbol.asyncDispose]();
  });
}

test('damage is found as often as blocks that are drawn say, and what is proven is sound', async () => {
  const { open, file, name } = await openFile(1);
  const damaged = new Set<number>();
  for (let block = 0; block < BLOCKS; block += 10) {
    damaged.add(block);
    flip(
      open.store.data.get(name)?.stripes.get(Math.floor(block / STRIPE_BLOCKS)),
      (block % STRIPE_BLOCKS) * BLOCK_SIZE,
    );
  }
  const found = { corrupt: 0, sound: 0 };
  for (let seed = 0; seed < 300; seed++) {
    const challenge = audit(5, 2, seed);
    const isHit = drawnBlocks(file.statement, challenge, BLOCKS).some((block) => damaged.has(block));
    const answer = await open.shares.verifyFile({ id: file.id, challenge }).catch((error: unknown) => error);
    assert.equal(isProvenderError(answer, 'PROVENDER_CORRUPT'), isHit);
    found[isHit ? 'corrupt' : 'sound']++;
  }
  const share = found.corrupt / 300;
  const expected = 1 - 0.9 ** 5;
  assert.ok(Math.abs(share - expected) < 4 * Math.sqrt((expected * (1 - expected)) / 300), `${share}`);
  await open[Symbol.asyncDispose]();
});

test('damaged roots of any layer that a proof needs are no proof', async () => {
  for (const layer of [0, 1, 2]) {
    const { open, file, name } = await openFile();
    const [block = 0] = drawnBlocks(file.statement, audit(1, 1), BLOCKS);
    const stripe = Math.floor(block / STRIPE_BLOCKS);
    const blocks = stripe === 0 ? STRIPE_BLOCKS : BLOCKS - STRIPE_BLOCKS;
    const column = blocks * (BLOCK_SIZE + 32 * layer);
    flip(open.store.data.get(name)?.stripes.get(stripe), column + 32 * ((block + 5) % blocks));
    const asked = open.shares.verifyFile({ id: file.id, challenge: audit(1, 1) });
    await assertCorrupt(open, asked, `${name}/00000${stripe}`);
    await open[Symbol.asyncDispose]();
  }
});

test('damaged stripe roots of any layer are no proof', async () => {
  for (const layer of [0, 1, 2]) {
    const { open, file, name } = await openFile();
    flip(open.store.data.get(name)?.roots, 64 * layer + 3);
    await assertCorrupt(open, open.shares.verifyFile({ id: file.id, challenge: audit(1, 1) }), `${name}/r`);
    await open[Symbol.asyncDispose]();
  }
});

test('a damaged head is no proof', async () => {
  for (const at of [0, 20, 100, 200]) {
    const { open, file } = await openFile(0);
    flip([...open.store.heads.values()][0], at);
    const asked = open.shares.verifyFile({ id: file.id, challenge: audit(1) });
    await assertCorrupt(open, asked, `h/${objectIdHex(file.id)}`);
    await open[Symbol.asyncDispose]();
  }
});

test('a damaged lone chunk is no proof, in any form, and hides no other', async () => {
  const forms: readonly Challenge[] = [
    audit(3),
    audit(3, 1),
    { mode: 1, form: 0, k: 0, beacon: new Uint8Array(32) },
  ];
  for (const profile of [0, 1, 2]) {
    for (const challenge of forms.filter(({ form }) => profile > 0 || form !== 1)) {
      for (const damage of ['byte', 'short', 'head'] as const) {
        await using open = await openShares();
        const writer = { store: open.store, signer, profile };
        const { id } = await writeChunk(writer, testBytes(4096));
        const other = await writeChunk(writer, testBytes(100));
        const [key, chunk] = [...open.store.chunks][0] ?? [];
        assert.ok(key !== undefined && chunk !== undefined);
        if (damage === 'byte') flip(chunk.block, 4000);
        else if (damage === 'head') flip(chunk.head, 100);
        else open.store.chunks.set(key, { ...chunk, block: chunk.block.subarray(0, 4000) });
        const hex = objectIdHex(id);
        await assertCorrupt(
          open,
          open.shares.verifyShare({ id, challenge }),
          damage === 'head' ? `h/${hex}` : `c/${hex}`,
        );
        const [bad, good] = await open.shares.verifyShares([
          { id, challenge },
          { id: other.id, challenge },
        ]);
        assert.ok(bad !== undefined && 'error' in bad && good !== undefined && 'proof' in good);
        assert.deepEqual(verifyReplicaProof(other.statement, challenge, good.proof.proof), { ok: true });
      }
    }
  }
});

test('an index row that points elsewhere is no place of a chunk', async () => {
  await using open = await openShares();
  const chunks = makeChunks(70);
  await writeCollection({ store: open.store, signer, profile: 1 }, chunks);
  const id = chunks[7]?.id ?? assert.fail();
  for (const position of [8, 70, 90]) {
    for (const rows of open.store.index.values())
      for (const entry of rows)
        if (objectIdHex(entry.row.id) === objectIdHex(id)) entry.row = { ...entry.row, position };
    await assert.rejects(open.shares.verifyShare({ id, challenge: audit(1) }), { code: 'PROVENDER_CORRUPT' });
  }
});

/** Asks for proofs of many ids with one challenge each. */
function questions(ids: readonly ObjectId[], k: number, form = 2): { id: ObjectId; challenge: Challenge }[] {
  return ids.map((id, i) => ({ id, challenge: audit(k, form, i) }));
}

test('lone chunks of a call come from the store together, and challenges that do not exist read nothing', async () => {
  const store = new CountingStore();
  await using open = await openShares({ store });
  const written: WrittenShare[] = [];
  for (let i = 0; i < 64; i++)
    written.push(await writeChunk({ store, signer, profile: 1 }, testBytes(100 + i)));
  const file = await writeFile({ store, signer, profile: 2 }, CONTENT);
  store.chunkReads = 0;
  const items = await open.shares.verifyShares(
    questions(
      written.map(({ id }) => id),
      4,
    ),
  );
  assert.ok(items.every((item) => 'proof' in item));
  assert.equal(store.chunkReads, 1);
  for (const k of [0, 129, 2 ** 31, 1.5, Number.NaN])
    await assert.rejects(open.shares.verifyFile({ id: file.id, challenge: audit(k) }), {
      code: 'PROVENDER_INVALID',
    });
  const short = { ...audit(1), beacon: new Uint8Array(31) };
  await assert.rejects(open.shares.verifyFile({ id: file.id, challenge: short }), {
    code: 'PROVENDER_INVALID',
  });
  const many = Array.from({ length: 65 }, () => file.id);
  await assert.rejects(open.shares.verifyShares(questions(many, 1)), { code: 'PROVENDER_INVALID' });
  assert.equal(store.readBytes, 0);
});

test('proofs of one answer take 8 MiB at most; those without room say so in their places', async () => {
  await using open = await openShares();
  const { id, statement } = await writeCollection(
    { store: open.store, signer, profile: 2 },
    makeChunks(1100),
  );
  const asked = questions(
    Array.from({ length: 64 }, () => id),
    128,
    1,
  );
  const items = await open.shares.verifyShares(asked);
  const proofs = items.flatMap((item): ShareProof[] => ('proof' in item ? [item.proof] : []));
  const refused = items.flatMap((item) => ('error' in item ? [item.error] : []));
  const bytes = proofs.reduce((sum, { proof }) => sum + proof.length, 0);
  assert.ok(bytes <= 8 * 2 ** 20 && refused.length > 0 && proofs.length > 2, `${bytes} bytes`);
  for (const error of refused) {
    assert.equal(error.code, 'PROVENDER_INVALID');
    assert.match(error.message, /ask for this one in another call/);
  }
  const last = proofs.at(-1);
  const challenge = asked[proofs.length - 1]?.challenge;
  assert.ok(last !== undefined && challenge !== undefined);
  assert.deepEqual(verifyReplicaProof(statement, challenge, last.proof), { ok: true });
});

test('a call that was aborted ends with its reason, and gives its memory back', async () => {
  await using open = await openShares({ readBufferBytes: 2 ** 20 });
  const { id } = await writeFile({ store: open.store, signer, profile: 1 }, CONTENT);
  const aborted = AbortSignal.abort();
  await assert.rejects(open.shares.verifyFile({ id, challenge: audit(1) }, { signal: aborted }), {
    code: 'PROVENDER_CANCELLED',
  });
  const during = new AbortController();
  const read = open.store.readStripe.bind(open.store);
  open.store.readStripe = async (...args) => {
    during.abort();
    return read(...args);
  };
  const asked = open.shares.verifyFile({ id, challenge: audit(128) }, { signal: during.signal });
  await assert.rejects(asked, { code: 'PROVENDER_CANCELLED' });
  open.store.readStripe = read;
  const calls = Array.from({ length: 8 }, () => open.shares.verifyFile({ id, challenge: audit(1) }));
  assert.equal((await Promise.all(calls)).length, 8);
});

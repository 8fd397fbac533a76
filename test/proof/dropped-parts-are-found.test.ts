import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { holdFile } from './held-object.ts';
import { reasonByAll } from './judged-by-all.ts';
import { sha256, testBytes } from './reference-tree.ts';

const BLOCKS = 4;
const LEAVES = 64 * BLOCKS;
/** A tenth of the leaves, as near as whole leaves come. */
const DROPPED = Math.round(LEAVES / 10);
const AUDITS = process.env['PROVENDER_TEST_LONG'] === '1' ? 20_000 : 600;
/** Where the body of a proof begins. */
const BODY = 108;
const SIGMAS = 4;

const held = holdFile(testBytes(4096 * BLOCKS), 1);

/** Some leaves, none twice, chosen by hashes. */
function draw(count: number): ReadonlySet<number> {
  const drawn = new Set<number>();
  for (let i = 0; drawn.size < count; i++) drawn.add((sha256(Uint8Array.of(i, i >> 8))[0] ?? 0) % LEAVES);
  return drawn;
}

/** The proof of a storer that kept the whole tree and has only zeros for the leaves that it dropped. */
function withoutDropped(proof: Uint8Array, dropped: ReadonlySet<number>): Uint8Array {
  const view = new DataView(proof.buffer, proof.byteOffset);
  const opened = view.getUint32(BODY);
  for (let i = 0; i < opened; i++) {
    const leafAt = BODY + 4 + 4 * opened + 64 * i;
    if (dropped.has(view.getUint32(BODY + 4 + 4 * i))) proof.fill(0, leafAt, leafAt + 64);
  }
  return proof;
}

for (const k of [1, 4, 16]) {
  test(`audits of ${k} leaves find that a tenth is missing as often as 1 - 0.9^${k} says`, (t) => {
    const dropped = draw(DROPPED);
    let found = 0;
    for (let audit = 0; audit < AUDITS; audit++) {
      const beacon = sha256(Uint8Array.of(k, audit & 255, audit >> 8));
      const challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k, beacon };
      const proof = withoutDropped(proveReplica(held.statement, held.layers, challenge), dropped);
      const reason = reasonByAll({ statement: held.statement, challenge, proof });
      if (reason === 'ok') continue;
      assert.equal(reason, 'root');
      found++;
    }
    const expected = 1 - (1 - DROPPED / LEAVES) ** k;
    const sigma = Math.sqrt((expected * (1 - expected)) / AUDITS);
    t.diagnostic(`found ${(found / AUDITS).toFixed(3)} of ${AUDITS}, expected ${expected.toFixed(3)}`);
    assert.ok(Math.abs(found / AUDITS - expected) <= SIGMAS * sigma);
  });
}

test('a storer that kept everything passes every audit', () => {
  for (let audit = 0; audit < 20; audit++) {
    const challenge = {
      mode: PROOF_MODE.audit,
      form: PROOF_FORM.possession,
      k: 16,
      beacon: sha256(Uint8Array.of(audit)),
    };
    const proof = proveReplica(held.statement, held.layers, challenge);
    assert.equal(reasonByAll({ statement: held.statement, challenge, proof }), 'ok');
  }
});

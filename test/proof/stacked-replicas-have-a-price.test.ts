import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { replicaId } from '../../src/proof/commitment.ts';
import { decodeReplica } from '../../src/proof/replica.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { type HeldObject, holdFile } from './held-object.ts';
import { reasonByAll } from './judged-by-all.ts';
import { testBytes } from './reference-tree.ts';

const CHALLENGE: Challenge = {
  mode: PROOF_MODE.audit,
  form: PROOF_FORM.relation,
  k: 4,
  beacon: new Uint8Array(32).fill(9),
};

function isAccepted({ statement, layers }: HeldObject): boolean {
  const proof = proveReplica(statement, layers, CHALLENGE);
  return reasonByAll({ statement, challenge: CHALLENGE, proof }) === 'ok';
}

test('a replica that is put in again as content is not found out by proofs: one copy answers for both', () => {
  const first = holdFile(testBytes(3 * 4096), 2);
  const second = holdFile(first.layers.at(-1) ?? new Uint8Array(), 2);
  assert.ok(isAccepted(first) && isAccepted(second));
  // the storer keeps the second replica only, and decodes the first one when it is asked for
  const kept = second.layers.at(-1) ?? new Uint8Array();
  const [again = kept] = decodeReplica(kept, { replicaId: replicaId(second.statement), passes: 2 });
  const layers = decodeReplica(again, { replicaId: replicaId(first.statement), passes: 2 });
  assert.ok(isAccepted({ statement: first.statement, layers }));
});

/** MB of content that a core encodes in a second, as the format has them for its first prototype. */
const ENCODED_MB_PER_SECOND = 207;
const OBJECT_MB = 100;

/** Audits of an object a month from which on keeping a replica costs less than encoding it for each audit. */
function breakEven(passes: number, prices: { coreHour: number; terabyteMonth: number }): number {
  const seconds = (passes * OBJECT_MB) / ENCODED_MB_PER_SECOND;
  const encode = (seconds / 3600) * prices.coreHour;
  const keep = (OBJECT_MB / 1e6) * prices.terabyteMonth;
  return keep / encode;
}

test('threats.md has the audit rates from which on keeping a replica is the cheaper way', async () => {
  const text = await readFile(new URL('../../docs/threats.md', import.meta.url), 'utf8');
  for (const passes of [1, 2]) {
    const least = breakEven(passes, { coreHour: 0.04, terabyteMonth: 1.5 });
    const most = breakEven(passes, { coreHour: 0.01, terabyteMonth: 20 });
    const told = new RegExp(`\\| \`cat-${passes}\` \\| (\\d+) \\| (\\d+) \\|`).exec(text);
    assert.deepEqual(told?.slice(1).map(Number), [Math.round(least), Math.round(most)], `cat-${passes}`);
  }
});

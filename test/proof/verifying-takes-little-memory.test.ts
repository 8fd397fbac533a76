import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { verifyProof } from '../../src/proof/kernels.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import { holdFile } from './held-object.ts';
import { testBytes } from './reference-tree.ts';

const BODY = 108;
const LONGEST = 8 * 2 ** 20;
const { statement, layers } = holdFile(testBytes(40 * 4096), 1);
const challenge: Challenge = {
  mode: PROOF_MODE.audit,
  form: PROOF_FORM.possession,
  k: 1,
  beacon: new Uint8Array(32).fill(7),
};
const good = proveReplica(statement, layers, challenge);

/** A proof as long as a proof may be, with so many leaves and else siblings; its counts are true. */
function longProof(leaves: number): Uint8Array {
  const siblings = Math.floor((LONGEST - BODY - 8 - 68 * leaves) / 32);
  const proof = new Uint8Array(BODY + 8 + 68 * leaves + 32 * siblings);
  const view = new DataView(proof.buffer);
  proof.set(good.subarray(0, BODY));
  view.setUint32(BODY, leaves);
  view.setUint32(BODY + 4 + 68 * leaves, siblings);
  return proof;
}

/** With the one leaf that is asked for, so that the siblings are looked at. */
function withAskedLeaf(proof: Uint8Array): Uint8Array {
  proof.set(good.subarray(BODY, BODY + 4 + 68), BODY);
  return proof;
}

function statusKiB(field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

/** By how much the process grew at most while `work` ran, in bytes. */
function peakOf(work: () => void): number {
  writeFileSync('/proc/self/clear_refs', '5'); // the highest mark starts anew: proc(5)
  const before = statusKiB('VmRSS');
  work();
  return (statusKiB('VmHWM') - before) * 1024;
}

const skip = process.platform === 'linux' ? false : 'asks Linux for the most memory that was used';
test('the longest proofs take less than four times their length on every path', { skip }, (t) => {
  for (const verify of [verifyProof, verifyReplicaProof]) {
    assert.deepEqual(verify(statement, challenge, good), { ok: true });
    const proofs = [0, 1, 60_000, 123_000].map(longProof);
    for (const proof of [...proofs, withAskedLeaf(longProof(1))]) {
      const peak = peakOf(() => assert.equal(verify(statement, challenge, proof).ok, false));
      t.diagnostic(`${verify.name}: ${proof.length} bytes, ${peak} bytes more`);
      assert.ok(peak < 4 * proof.length, `${verify.name}: ${peak} bytes for a proof of ${proof.length}`);
    }
  }
});

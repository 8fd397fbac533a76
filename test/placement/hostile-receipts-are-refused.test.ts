import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { decodeReceipt, encodeReceipt, verifyReceipt } from '../../src/placement/receipt.ts';
import { makeReceipt } from '../support/receipt-fixtures.ts';

const VALID = makeReceipt();

test('each byte of a receipt, flipped, is refused, or changes nothing of what it shows', () => {
  const { receipt, genesis } = makeReceipt({ replicas: 2 });
  const sound = verifyReceipt(receipt, { genesis });
  for (let at = 0; at < receipt.length; at++) {
    const flipped = receipt.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const verdict = verifyReceipt(flipped, { genesis });
    if (verdict.ok) assert.deepEqual(verdict, sound, `byte ${at}`);
  }
});

test('hostile bytes are an answer: cut, grown, noise, and lengths that lie', () => {
  const { receipt, genesis } = VALID;
  const reason = (bytes: Uint8Array): string => {
    const verdict = verifyReceipt(bytes, { genesis });
    return verdict.ok ? 'ok' : verdict.reason;
  };
  for (let length = 0; length < receipt.length; length += 7)
    assert.equal(reason(receipt.subarray(0, length)), 'form');
  assert.equal(reason(Buffer.concat([receipt, Buffer.alloc(1)])), 'form');
  for (const at of [54, 58]) {
    const lying = receipt.slice();
    lying.set([0xff, 0xff, 0xff, 0xff], at);
    assert.equal(reason(lying), 'form');
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(receipt.length), (noise, kept) => {
      assert.equal(verifyReceipt(noise).ok, false);
      assert.equal(
        verifyReceipt(Buffer.concat([receipt.subarray(0, kept), noise, Buffer.alloc(1)])).ok,
        false,
      );
    }),
  );
});

test('a receipt is read back as it was written, and another version is unsupported', () => {
  const { receipt } = VALID;
  assert.equal(Buffer.from(receipt.subarray(0, 5)).toString('latin1'), 'PVRC\u0001');
  assert.deepEqual(encodeReceipt(decodeReceipt(receipt)), receipt);
  const newer = receipt.slice();
  newer[4] = 2;
  assert.throws(
    () => decodeReceipt(newer),
    (error) => isProvenderError(error, 'PROVENDER_UNSUPPORTED'),
  );
});

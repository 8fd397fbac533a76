import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyReceipt } from '../../src/placement/receipt.ts';
import { makeReceipt } from '../support/receipt-fixtures.ts';

test('a receipt holds with and without the genesis, and says which', () => {
  const { receipt, genesis } = makeReceipt();
  for (const trust of [{ genesis }, {}]) {
    const verdict = verifyReceipt(receipt, trust);
    assert.ok(verdict.ok, verdict.ok ? '' : `${verdict.reason}: ${verdict.detail}`);
    assert.equal(verdict.facts.isGenesisChecked, 'genesis' in trust);
    assert.equal(verdict.facts.storers.length, 3);
  }
});

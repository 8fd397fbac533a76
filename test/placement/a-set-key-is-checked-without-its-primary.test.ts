import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifySetKey } from '../../src/placement/verify-set-key.ts';
import { makePlacement } from '../support/placement-fixtures.ts';

test('a SetKey that holds gives its storers in rank order', () => {
  const placement = makePlacement();
  const verdict = verifySetKey(placement.setKey, placement.context);
  assert.ok(verdict.ok, verdict.ok ? '' : `${verdict.reason}: ${verdict.detail}`);
  assert.equal(verdict.facts.storers.length, 3);
});

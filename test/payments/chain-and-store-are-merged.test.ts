import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ChannelFacts, mergeChannel, needsEnded } from '../../src/payments/merge.ts';
import type { ClaimRecord } from '../../src/payments/records/claim-record.ts';
import { anAddress, anEnding, aRecord, filled, VIEW } from '../support/payment-fixtures.ts';

function aClaim(nonce: bigint, amount: bigint): ClaimRecord {
  return { nonce, amount, signature: filled(65, 8), startBlock: 300n };
}

function refused(facts: ChannelFacts, message: RegExp): void {
  assert.throws(() => mergeChannel(facts), { code: 'PROVENDER_CHANNEL', message });
}

test('a channel of which nothing is stored is as the chain has it', () => {
  const merged = mergeChannel({ view: VIEW, ended: [] });
  const { block: _, ...expected } = VIEW;
  assert.deepEqual(merged, { ...expected, chainValue: 1000n, authorizedAmount: 0n, pending: [] });
});

test('on the nonce of the chain the stored amount counts, with value and end of the chain', () => {
  const stored = aRecord({ fullAmount: 1n, expiration: 2n });
  const merged = mergeChannel({ view: VIEW, stored, ended: [] });
  assert.deepEqual(
    [merged.nonce, merged.value, merged.expiration, merged.authorizedAmount, merged.signature, merged.record],
    [5n, 1000n, 100_000n, 20n, stored.signature, stored],
  );
});

test('while a claim is pending its amount is not there to spend, and added funds are at once', () => {
  const stored = aRecord({ nonce: 6n });
  const claim = aClaim(5n, 300n);
  const merged = mergeChannel({ view: VIEW, stored, claim, ended: [] });
  assert.deepEqual(
    [merged.nonce, merged.value, merged.chainValue, merged.expiration],
    [6n, 700n, 1000n, 100_000n],
  );
  assert.deepEqual(merged.pending, [{ nonce: 5n, amount: 300n, signature: claim.signature }]);
  const more = mergeChannel({
    view: { ...VIEW, value: 5000n, expiration: 200_000n },
    stored,
    claim,
    ended: [],
  });
  assert.deepEqual([more.value, more.expiration], [4700n, 200_000n]);
});

test('what is owed may be more than is left: nothing is there to spend', () => {
  const merged = mergeChannel({
    view: VIEW,
    stored: aRecord({ nonce: 6n }),
    claim: aClaim(5n, 1001n),
    ended: [],
  });
  assert.equal(merged.value, 0n);
});

test('nonces that a reorganisation opened again are held by the claim and by what has ended', () => {
  const facts = { view: { ...VIEW, nonce: 3n }, stored: aRecord({ nonce: 6n }), claim: aClaim(5n, 100n) };
  const merged = mergeChannel({ ...facts, ended: [anEnding(4n, 20n), anEnding(3n, 3n), anEnding(1n, 500n)] });
  assert.equal(merged.value, 1000n - 123n);
  assert.deepEqual(
    merged.pending.map(({ nonce }) => nonce),
    [3n, 4n, 5n],
  );
  assert.ok(needsEnded(facts));
});

test('a nonce that nothing is held of refuses until the chain has passed it', () => {
  const stored = aRecord({ nonce: 7n });
  refused(
    { view: VIEW, stored, claim: aClaim(5n, 1n), ended: [] },
    /^payment channel error: channel \{ID: 42\}: nonce 7 is stored, the chain has 5, and nothing is held of nonce 6/,
  );
  refused({ view: VIEW, stored: aRecord({ nonce: 6n }), ended: [] }, /nothing is held of nonce 5/);
  assert.equal(
    mergeChannel({ view: { ...VIEW, nonce: 7n }, stored, claim: aClaim(5n, 1n), ended: [] }).value,
    1000n,
  );
});

test('a claim that was closed between two reads counts once; two amounts of one nonce are an error', () => {
  const facts = { view: VIEW, stored: aRecord({ nonce: 6n }), claim: aClaim(5n, 300n) };
  assert.equal(mergeChannel({ ...facts, ended: [anEnding(5n, 300n)] }).value, 700n);
  refused({ ...facts, ended: [anEnding(5n, 301n)] }, /nonce 5 is held with 300 and with 301/);
});

test('when the chain is ahead the stored amount is lost, and says so to whoever replaces it', () => {
  const stored = aRecord();
  const merged = mergeChannel({ view: { ...VIEW, nonce: 6n }, stored, ended: [] });
  assert.deepEqual(
    [merged.nonce, merged.authorizedAmount, merged.value, merged.record],
    [6n, 0n, 1000n, undefined],
  );
  assert.equal(merged.signature, undefined);
  assert.deepEqual(merged.lost, {
    nonce: 5n,
    amount: 20n,
    signature: stored.signature,
    outcome: 'unknown',
    block: 500n,
  });
});

test('nothing is lost where nothing was signed, or where the claim holds it', () => {
  const stored = aRecord({ nonce: 6n, authorizedAmount: 0n });
  const merged = mergeChannel({ view: { ...VIEW, nonce: 7n }, stored, claim: aClaim(5n, 20n), ended: [] });
  assert.equal('lost' in merged, false);
  assert.equal(merged.value, 1000n);
});

test('records that are not of the channel of the chain are an error', () => {
  const stored = aRecord();
  refused({ view: VIEW, stored: { ...stored, channelId: 43n }, ended: [] }, /the record is of 43/);
  for (const field of ['sender', 'signer', 'recipient'] as const)
    refused(
      { view: VIEW, stored: { ...stored, [field]: anAddress(1) }, ended: [] },
      new RegExp(`${field} 0x01`),
    );
  refused(
    { view: VIEW, stored: { ...stored, groupId: filled(32, 1) }, ended: [] },
    /another group is stored/,
  );
});

test('a claim without a record, or of a nonce that the record has not passed, is an error', () => {
  refused({ view: VIEW, claim: aClaim(5n, 1n), ended: [] }, /a claim of nonce 5 and no record/);
  refused(
    { view: VIEW, stored: aRecord(), claim: aClaim(5n, 1n), ended: [] },
    /a claim of nonce 5 and a record of nonce 5/,
  );
  refused(
    { view: VIEW, stored: aRecord(), claim: aClaim(6n, 1n), ended: [] },
    /a claim of nonce 6 and a record of nonce 5/,
  );
});

test('what has ended is read only when the claim alone does not fit', () => {
  const at = (nonce: bigint, claim?: bigint): boolean =>
    needsEnded({
      view: VIEW,
      stored: aRecord({ nonce }),
      ...(claim === undefined ? {} : { claim: aClaim(claim, 1n) }),
    });
  assert.deepEqual(
    [needsEnded({ view: VIEW }), at(4n), at(5n), at(6n, 5n), at(6n), at(6n, 4n), at(7n, 6n), at(7n, 5n)],
    [false, false, false, false, true, true, true, true],
  );
});

const small = fc.bigInt({ min: 0n, max: 8n });
const amount = fc.bigInt({ min: 0n, max: 600n });
const facts: fc.Arbitrary<ChannelFacts> = fc
  .record({
    chainNonce: small,
    value: fc.bigInt({ min: 0n, max: 1000n }),
    storedNonce: fc.option(small),
    authorizedAmount: amount,
    claim: fc.option(fc.tuple(small, amount)),
    ended: fc.uniqueArray(fc.tuple(small, amount), { maxLength: 6, selector: ([nonce]) => nonce }),
  })
  .map((made) => ({
    view: { ...VIEW, nonce: made.chainNonce, value: made.value },
    ...(made.storedNonce === null ? {} : { stored: recordOf(made.storedNonce, made.authorizedAmount) }),
    ...(made.claim === null ? {} : { claim: aClaim(...made.claim) }),
    ended: made.ended.map(([nonce, of]) => anEnding(nonce, of)),
  }));

/** Without a real signature, which would take most of the time. */
function recordOf(nonce: bigint, authorizedAmount: bigint): ReturnType<typeof aRecord> {
  const record = aRecord({ nonce, authorizedAmount: 0n });
  return authorizedAmount === 0n ? record : { ...record, authorizedAmount, signature: filled(65, 7) };
}

/** The rule of section 11 once more, in the plainest words: what may be spent, or that nobody may say. */
function plainly({
  view,
  stored,
  claim,
  ended,
}: ChannelFacts): { nonce: bigint; value: bigint; paid: bigint } | 'refused' {
  if (stored === undefined)
    return claim === undefined ? { nonce: view.nonce, value: view.value, paid: 0n } : 'refused';
  if (claim !== undefined && claim.nonce >= stored.nonce) return 'refused';
  if (stored.nonce < view.nonce) return { nonce: view.nonce, value: view.value, paid: 0n };
  let owed = 0n;
  for (let nonce = view.nonce; nonce < stored.nonce; nonce++) {
    const held = [claim, ...ended]
      .filter((entry) => entry?.nonce === nonce)
      .map((entry) => entry?.amount ?? 0n);
    if (held.length === 0 || new Set(held).size > 1) return 'refused';
    owed += held[0] ?? 0n;
  }
  // two amounts of a nonce that is over say that something is wrong, even where they are not counted
  if (ended.some(({ nonce, amount: of }) => nonce === claim?.nonce && of !== claim.amount)) return 'refused';
  const left = view.value - owed;
  return { nonce: stored.nonce, value: left < 0n ? 0n : left, paid: stored.authorizedAmount };
}

test('any facts are merged as the rule says, never above the value of the chain and never below 0', () => {
  fc.assert(
    fc.property(facts, (made) => {
      const expected = plainly(made);
      if (expected === 'refused')
        return assert.throws(() => mergeChannel(made), { code: 'PROVENDER_CHANNEL' });
      const merged = mergeChannel(made);
      assert.deepEqual({ nonce: merged.nonce, value: merged.value, paid: merged.authorizedAmount }, expected);
      assert.ok(merged.value >= 0n && merged.value <= made.view.value);
      assert.ok(merged.nonce >= made.view.nonce);
      const owed = merged.pending.reduce((sum, { amount: of }) => sum + of, 0n);
      assert.ok(merged.value === 0n || merged.value + owed === made.view.value);
      assert.equal(merged.pending.length, Number(merged.nonce - made.view.nonce), 'every nonce has an entry');
      if (!needsEnded(made)) assert.deepEqual(mergeChannel({ ...made, ended: [] }), merged);
    }),
    { numRuns: 3000 },
  );
});

test('no signed amount is forgotten: it is stored, pending, lost or of a nonce that the chain has passed', () => {
  fc.assert(
    fc.property(facts, (made) => {
      if (plainly(made) === 'refused') return;
      const merged = mergeChannel(made);
      const { stored, claim, view } = made;
      if (stored?.signature !== undefined)
        assert.ok(merged.signature === stored.signature || merged.lost?.amount === stored.authorizedAmount);
      if (
        claim !== undefined &&
        claim.nonce >= view.nonce &&
        stored !== undefined &&
        stored.nonce >= view.nonce
      )
        assert.ok(
          merged.pending.some(({ nonce, amount: of }) => nonce === claim.nonce && of === claim.amount),
        );
    }),
    { numRuns: 1000 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../support/model/explore.ts';
import { claimsModel } from '../support/payment-model/claims-model.ts';
import { ALL_CLAIM_RULES, type ClaimRules } from '../support/payment-model/claims-state.ts';

// The claims of payment-channels.md, section 17: payments on three nonces, views of the chain that are old, StartClaim, Finish, claims by another owner
// of the key, timeouts, added funds and reorganisations. Which payment is accepted, and what the channel is worth, is the code's own
// src/payments/validate.ts and merge.ts.

const isLong = process.env['PROVENDER_TEST_LONG'] === '1';

test('no order of events on chain and store loses a signature or takes an amount twice', (t) => {
  const { states, steps, settled, isComplete, violation } = explore(
    claimsModel({ rules: ALL_CLAIM_RULES, reorganisations: isLong ? 3 : 2, others: true }),
  );
  t.diagnostic(`${states} states, ${steps} steps, ${settled} of the states at rest`);
  assert.deepEqual(violation, undefined);
  assert.ok(isComplete);
  assert.ok(settled > 0);
});

/** Each rule, what breaks without it, and the last step that shows it. */
const TAKEN_OUT: readonly {
  readonly without: keyof ClaimRules;
  /** Whether others end nonces too; without them the trace is the one of the specification. */
  readonly others?: boolean;
  readonly breaks: string;
  readonly trace: readonly string[];
}[] = [
  {
    without: 'openEntriesCount',
    others: false,
    breaks: 'the channel is refused',
    trace: [
      'provider: StartClaim',
      'settle: sends the claim',
      'provider: Finish: the claim',
      'chain: reorganisation',
    ],
  },
  {
    without: 'finishKeeps',
    breaks: 'I5: the highest signature of nonce 0 is gone',
    trace: ['provider: Finish: the claim'],
  },
  {
    without: 'lostAmountsKept',
    breaks: 'I5: the highest signature of nonce 0 is gone',
    trace: ['client: pays 1 on nonce 1'],
  },
  {
    without: 'oneClaim',
    breaks: 'I5: the highest signature of nonce 0 is gone',
    trace: ['provider: StartClaim', 'provider: StartClaim'],
  },
];

for (const { without, others = true, breaks, trace } of TAKEN_OUT)
  test(`without ${without} the model finds a violation`, (t) => {
    const { states, violation } = explore(
      claimsModel({ rules: { ...ALL_CLAIM_RULES, [without]: false }, reorganisations: 2, others }),
    );
    t.diagnostic(`after ${states} states: ${violation?.trace.join(' > ')}`);
    assert.equal(violation?.property, breaks);
    assert.deepEqual(
      violation?.trace.filter((step) => trace.includes(step)),
      trace,
    );
  });

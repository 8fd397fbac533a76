import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { checksumAddress } from '../../src/payments/address.ts';
import { encodeChannel } from '../../src/payments/records/channel-record.ts';
import { concurrentlyUpdated, paymentUnknown, REFUSALS, type Refusal } from '../../src/payments/refusals.ts';
import {
  decodeHeld,
  type PaymentFacts,
  paymentSigner,
  signerRefusal,
  validatePayment,
} from '../../src/payments/validate.ts';
import {
  aPayment,
  anAddress,
  aRecord,
  filled,
  POLICY,
  SENDER_KEY,
  SIGNER,
  STRANGER_KEY,
  VIEW,
} from '../support/payment-fixtures.ts';

/** A call that is paid as it should be: 30 of 1000 tokens, 20 of which were paid before, for a price of 10. */
function facts(fields: Partial<PaymentFacts> = {}): PaymentFacts {
  const payment = fields.payment ?? aPayment();
  const policy = fields.policy ?? POLICY;
  return {
    price: 10n,
    request: filled(32, 2),
    stored: aRecord(),
    ended: [],
    view: VIEW,
    currentBlock: () => 600n,
    ...fields,
    payment,
    policy,
    signer: 'signer' in fields ? fields.signer : paymentSigner(policy, payment),
  };
}

function refusalOf(fields: Partial<PaymentFacts>): Refusal {
  const answer = validatePayment(facts(fields));
  return answer.ok ? assert.fail('it was accepted') : answer;
}

interface Row {
  readonly step: number;
  readonly code: string;
  readonly text: string;
  /** What makes this step fail, and no step before it. */
  readonly wrong: Partial<PaymentFacts>;
}

const NO_BLOCK = new ProvenderError('PROVENDER_CHANNEL', 'no block within 60 s');
const noBlock = (): bigint => {
  throw NO_BLOCK;
};

/** In the order of section 6; each `wrong` is wrong in nothing but its own step. */
const ROWS: readonly Row[] = [
  {
    step: 4,
    code: 'PROVENDER_UNPAID',
    text: 'payment channel "{ID: 42}" not found',
    wrong: { view: undefined },
  },
  {
    step: 5,
    code: 'PROVENDER_CHANNEL',
    text: 'payment channel error: recipient Address from org metadata does not Match on what was retrieved from Channel',
    wrong: { policy: { ...POLICY, paymentAddress: anAddress(0xbb) } },
  },
  {
    step: 5,
    code: 'PROVENDER_CHANNEL',
    text: `payment channel error: channel received belongs to another group of replicas, current group: [125${' 0'.repeat(31)}], channel group: [119${' 119'.repeat(31)}]`,
    wrong: { policy: { ...POLICY, groupId: Uint8Array.of(125, ...new Array<number>(31).fill(0)) } },
  },
  {
    step: 6,
    code: 'PROVENDER_CHANNEL',
    text: `payment channel error: channel {ID: 42}: sender ${anAddress(1)} is stored, the chain has ${VIEW.sender}`,
    wrong: { stored: aRecord({ sender: anAddress(1) }) },
  },
  {
    step: 7,
    code: 'PROVENDER_NONCE',
    text: 'incorrect payment channel nonce, latest: 5, sent: 4',
    wrong: { payment: aPayment({ nonce: 4n }) },
  },
  {
    step: 8,
    code: 'PROVENDER_UNPAID',
    text: 'payment signature is not valid',
    wrong: { payment: { ...aPayment(), signature: filled(64, 1) } },
  },
  {
    step: 8,
    code: 'PROVENDER_UNPAID',
    text: `payment signer ${checksumAddress(SIGNER)} is not valid`,
    wrong: { policy: { ...POLICY, allowedSigners: new Set([anAddress(1)]) } },
  },
  {
    step: 9,
    code: 'PROVENDER_UNPAID',
    text: 'payment is not signed by channel signer/sender',
    wrong: { payment: aPayment({}, STRANGER_KEY) },
  },
  {
    step: 10,
    code: 'PROVENDER_CHANNEL',
    text: 'cannot determine current block',
    wrong: { currentBlock: noBlock },
  },
  {
    step: 11,
    code: 'PROVENDER_UNPAID',
    text: 'payment channel is near to be expired, expiration time: 100000, current block: 99900, expiration threshold: 100',
    wrong: { currentBlock: () => 99_900n },
  },
  {
    step: 12,
    code: 'PROVENDER_UNPAID',
    text: 'not enough tokens on payment channel, channel amount: 1000, payment amount: 1001',
    wrong: { payment: aPayment({ amount: 1001n }), price: 981n },
  },
  {
    step: 13,
    code: 'PROVENDER_UNPAID',
    text: 'income 10 does not equal to price 9',
    wrong: { price: 9n },
  },
];

test('a payment that fits is accepted with its income', () => {
  const answer = validatePayment(facts());
  assert.ok(answer.ok);
  assert.deepEqual([answer.income, answer.isRepeat, answer.merged.authorizedAmount], [10n, false, 20n]);
});

for (const { step, code, text, wrong } of ROWS)
  test(`step ${step} fails: ${text.slice(0, 70)}`, () => {
    const refusal = refusalOf(wrong);
    assert.deepEqual(
      { step: refusal.step, code: refusal.error.code, text: refusal.error.message },
      { step, code, text },
    );
    assert.equal(refusal.error.details['step'], step);
  });

/** Each step made to fail by facts that do not touch those of another step. */
const FAULTS: readonly (readonly [number, Partial<PaymentFacts>])[] = [
  [4, { view: undefined }],
  [5, { policy: { ...POLICY, paymentAddress: anAddress(0xbb) } }],
  [6, { claim: { nonce: 9n, amount: 1n, signature: filled(65, 1), startBlock: 1n } }],
  [7, { payment: aPayment({ nonce: 6n, amount: 5000n }) }],
  [8, { signer: undefined }],
  [9, { signer: anAddress(9) }],
  [10, { currentBlock: noBlock }],
  [11, { currentBlock: () => 100_000n }],
  [12, { payment: aPayment({ amount: 5000n }) }],
  [13, { price: 3n }],
];

test('of several faults the first in the order of the steps is the answer', () => {
  for (let one = 0; one < FAULTS.length; one++)
    for (let other = one; other < FAULTS.length; other++) {
      const [step, first] = FAULTS[one] ?? assert.fail();
      const [, second] = FAULTS[other] ?? assert.fail();
      assert.equal(refusalOf({ ...second, ...first }).step, step, `${one} and ${other}`);
    }
});

test('of all faults from a step on, that step is the answer', () => {
  for (let from = 0; from < FAULTS.length; from++) {
    const faults = FAULTS.slice(from).toReversed();
    const all: Partial<PaymentFacts> = Object.assign({}, ...faults.map(([, fault]) => fault));
    assert.equal(refusalOf(all).step, FAULTS[from]?.[0]);
  }
});

test('the steps before the chain have their texts in the same table', () => {
  const { notReady, pricing, busy, noLock, record, chain } = REFUSALS;
  const cause = new Error('cause');
  const made = [
    notReady.refuse('the node is draining'),
    pricing.refuse('no price'),
    busy.refuse(42n),
    noLock.because(cause, 42n),
    record.refuse('x'),
    chain.because(cause, 'no endpoint answers'),
  ].map(({ step, error }) => [step, error.code, error.message]);
  assert.deepEqual(made, [
    [0, 'PROVENDER_UNAVAILABLE', 'the node is draining'],
    [1, 'PROVENDER_CHANNEL', 'internal error: no price'],
    [2, 'PROVENDER_CHANNEL_BUSY', 'another transaction on channel: {ID: 42} is in progress'],
    [2, 'PROVENDER_UNAVAILABLE', 'cannot get mutex for channel: {ID: 42}'],
    [3, 'PROVENDER_CHANNEL', 'payment channel error: x'],
    [4, 'PROVENDER_CHANNEL', 'payment channel error: no endpoint answers'],
  ]);
  assert.equal(noLock.because(cause, 1n).error.cause, cause);
});

test('the table goes through the steps from 0 to 13 in their order', () => {
  const steps = Object.values(REFUSALS).map(({ step }) => step);
  assert.deepEqual(
    steps,
    steps.toSorted((one, other) => one - other),
  );
  assert.deepEqual(
    [...new Set(steps)],
    Array.from({ length: 14 }, (_, step) => step),
  );
});

test('what a commit may come to has its texts', () => {
  const conflict = concurrentlyUpdated(42n);
  assert.equal(conflict.code, 'PROVENDER_CONFLICT');
  assert.equal(conflict.message, 'state of payment channel was concurrently updated, channel id: 42');
  const unknown = paymentUnknown(42n);
  assert.equal(unknown.code, 'PROVENDER_PAYMENT_UNKNOWN');
  assert.equal(unknown.message, 'payment state is unknown, channel id: 42');
});

test('a record that does not decode is step 3', () => {
  const channel = encodeChannel(aRecord());
  assert.deepEqual(decodeHeld({ channel }), { stored: aRecord() });
  assert.deepEqual(decodeHeld({}), {});
  for (const held of [{ channel: filled(3, 1) }, { channel, claim: channel }])
    assert.throws(
      () => decodeHeld(held),
      (error: ProvenderError) => {
        assert.equal(error.code, 'PROVENDER_CHANNEL');
        assert.equal(error.details['step'], 3);
        return error.message.startsWith('payment channel error: ');
      },
    );
});

test('the reason why there is no block goes with the refusal', () => {
  assert.equal(refusalOf({ currentBlock: noBlock }).error.cause, NO_BLOCK);
});

test('the block is not asked for when an earlier step fails', () => {
  const currentBlock = (): bigint => assert.fail('asked for the block');
  assert.equal(refusalOf({ payment: aPayment({ nonce: 1n }), currentBlock }).step, 7);
});

test('sender and signer of the channel may sign', () => {
  for (const payment of [aPayment(), aPayment({}, SENDER_KEY)]) {
    assert.ok(validatePayment(facts({ payment })).ok);
    assert.equal(signerRefusal(paymentSigner(POLICY, payment), VIEW, POLICY), undefined);
  }
});

test('steps 8 and 9 are checked alone against the chain with the same answers', () => {
  const payments = [
    [{ ...aPayment(), signature: new Uint8Array() }, POLICY, 8],
    [aPayment({}, STRANGER_KEY), POLICY, 9],
    [aPayment(), { ...POLICY, allowedSigners: new Set([VIEW.sender]) }, 8],
    [{ ...aPayment(), amount: 31n }, POLICY, 9],
    [aPayment(), { ...POLICY, mpe: anAddress(1) }, 9],
  ] as const;
  for (const [payment, policy, step] of payments) {
    const alone = signerRefusal(paymentSigner(policy, payment), VIEW, policy);
    const whole = refusalOf({ payment, policy });
    assert.equal(alone?.step, step);
    assert.deepEqual([alone?.error.code, alone?.error.message], [whole.error.code, whole.error.message]);
  }
});

test('an allow-list lets those through that it names', () => {
  const policy = { ...POLICY, allowedSigners: new Set([SIGNER]) };
  assert.ok(validatePayment(facts({ policy })).ok);
});

test('the last block that is accepted is one before expiration and threshold', () => {
  assert.ok(validatePayment(facts({ currentBlock: () => 99_899n })).ok);
  assert.equal(refusalOf({ currentBlock: () => 99_900n }).step, 11);
});

test('all that the channel has may be spent, and no more', () => {
  const all = aPayment({ amount: 1000n });
  assert.ok(validatePayment(facts({ payment: all, price: 980n })).ok);
  assert.equal(refusalOf({ payment: all, price: 980n, view: { ...VIEW, value: 999n } }).step, 12);
});

test('an amount below what was paid is refused with its negative income', () => {
  const refusal = refusalOf({ payment: aPayment({ amount: 15n }) });
  assert.equal(refusal.error.message, 'income -5 does not equal to price 10');
});

test('a free call with payment headers is validated in full, with income 0', () => {
  const again = aPayment({ amount: 20n });
  assert.ok(validatePayment(facts({ payment: again, price: 0n })).ok);
  assert.equal(refusalOf({ payment: aPayment(), price: 0n }).step, 13);
  assert.equal(refusalOf({ payment: aPayment({ amount: 20n }, STRANGER_KEY), price: 0n }).step, 9);
});

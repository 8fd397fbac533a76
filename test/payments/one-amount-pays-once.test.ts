import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeChannel } from '../../src/payments/merge.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { paidRecord } from '../../src/payments/paid-record.ts';
import {
  type ChannelRecord,
  decodeChannel,
  encodeChannel,
} from '../../src/payments/records/channel-record.ts';
import {
  type PaymentFacts,
  paymentSigner,
  type Validation,
  validatePayment,
} from '../../src/payments/validate.ts';
import { aPayment, aRecord, filled, fromHex, hex, POLICY, VIEW } from '../support/payment-fixtures.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const REQUEST = filled(32, 0x44);
const CALL = { op: filled(16, 9), by: 1, schedule: 7, request: REQUEST };
const PAYMENT = aPayment();

function validate(payment: Payment, stored: ChannelRecord, fields: Partial<PaymentFacts> = {}): Validation {
  return validatePayment({
    payment,
    signer: paymentSigner(POLICY, payment),
    policy: POLICY,
    price: 10n,
    request: REQUEST,
    stored,
    ended: [],
    view: VIEW,
    currentBlock: () => 600n,
    ...fields,
  });
}

/** The record after the payment was taken. */
function taken(payment = PAYMENT): ChannelRecord {
  const answer = validate(payment, aRecord());
  return answer.ok ? paidRecord(answer.merged, payment, CALL) : assert.fail(answer.error.message);
}

/** Signatures that the contract takes for the same message: other bases of v, and the other s with the other point. */
function otherSignatures(payment: Payment): Payment[] {
  const { signature } = payment;
  const parity = (signature[64] ?? 0) % 27;
  const s = ORDER - BigInt(`0x${hex(signature.subarray(32, 64))}`);
  const high = Uint8Array.from([
    ...signature.subarray(0, 32),
    ...fromHex(s.toString(16).padStart(64, '0')),
    28 - parity,
  ]);
  const withV = (base: Uint8Array, v: number): Uint8Array => Uint8Array.from([...base.subarray(0, 64), v]);
  return [
    withV(signature, parity),
    withV(signature, parity + 54),
    high,
    withV(high, 1 - parity),
    withV(high, 55 - parity),
  ].map((other) => ({ ...payment, signature: other }));
}

test('a payment that was taken is not taken again', () => {
  const answer = validate(PAYMENT, taken());
  assert.ok(!answer.ok);
  assert.equal(answer.step, 13);
  assert.equal(answer.error.message, 'income 0 does not equal to price 10');
});

test('another signature of the same amount is a right one, and no second payment', () => {
  for (const other of otherSignatures(PAYMENT)) {
    assert.ok(validate(other, aRecord()).ok, 'it pays when it comes first');
    const answer = validate(other, taken());
    assert.ok(!answer.ok);
    assert.equal(answer.step, 13);
  }
});

test('what a commit stores is the payment, with the channel as the chain has it', () => {
  const { signature, ...rest } = taken();
  assert.equal(signature, PAYMENT.signature);
  assert.deepEqual(rest, {
    channelId: 42n,
    nonce: 5n,
    sender: VIEW.sender,
    signer: VIEW.signer,
    recipient: VIEW.recipient,
    groupId: VIEW.groupId,
    fullAmount: 1000n,
    expiration: 100_000n,
    authorizedAmount: 30n,
    ...CALL,
    repeat: false,
  });
});

test('a call that was not delivered is repeated without charge: identical payment, equal request', () => {
  const answer = validate(PAYMENT, { ...taken(), repeat: true });
  assert.ok(answer.ok);
  assert.deepEqual([answer.income, answer.isRepeat], [0n, true]);
  assert.equal(paidRecord(answer.merged, PAYMENT, CALL).repeat, false, 'the right ends with the commit');
});

test('the right to repeat is for no other request, amount or signature', () => {
  const stored = { ...taken(), repeat: true };
  const request = validate(PAYMENT, stored, { request: filled(32, 0x45) });
  assert.ok(!request.ok && request.step === 13);
  for (const other of otherSignatures(PAYMENT)) {
    const answer = validate(other, stored);
    assert.ok(!answer.ok && answer.step === 13);
  }
  const next = validate(aPayment({ amount: 40n }), stored);
  assert.ok(next.ok && !next.isRepeat && next.income === 10n);
});

test('a repeat is validated in all other steps', () => {
  const stored = { ...taken(), repeat: true };
  const expired = validate(PAYMENT, stored, { currentBlock: () => 99_950n });
  assert.ok(!expired.ok && expired.step === 11);
  const closed = validate(PAYMENT, stored, { view: { ...VIEW, nonce: 6n } });
  assert.ok(!closed.ok && closed.step === 7);
});

test('nothing is stored as signed where nothing is paid', () => {
  const free = aPayment({ amount: 0n });
  const answer = validate(free, aRecord({ authorizedAmount: 0n }), { price: 0n });
  assert.ok(answer.ok);
  assert.equal('signature' in paidRecord(answer.merged, free, CALL), false);
});

test('a closed, timed-out or foreign channel is refused whatever is stored', () => {
  const cases = [
    [{ value: 0n, expiration: 0n, nonce: 6n }, 7],
    [{ value: 0n, expiration: 0n }, 11],
    [{ value: 0n }, 12],
    [{ recipient: VIEW.sender }, 5],
    [{ groupId: filled(32, 1) }, 5],
  ] as const;
  for (const [change, step] of cases) {
    const answer = validate(PAYMENT, aRecord(), { view: { ...VIEW, ...change } });
    assert.ok(!answer.ok);
    assert.equal(answer.step, step);
  }
});

test('amounts that 64 bits cut to nothing are amounts: signed, stored and kept back in full', () => {
  for (const amount of [2n ** 64n, 3n * 2n ** 64n, 2n ** 128n]) {
    const payment = aPayment({ amount });
    const rich = { ...VIEW, value: 2n ** 200n };
    const answer = validate(payment, aRecord({ authorizedAmount: 0n }), { view: rich, price: amount });
    assert.ok(answer.ok);
    const stored = decodeChannel(encodeChannel(paidRecord(answer.merged, payment, CALL)));
    assert.deepEqual([stored.authorizedAmount, stored.signature], [amount, payment.signature]);
    const claim = { nonce: 5n, amount, signature: payment.signature, startBlock: 1n };
    const next = mergeChannel({ view: rich, stored: aRecord({ nonce: 6n }), claim, ended: [] });
    assert.equal(next.value, rich.value - amount);
  }
});

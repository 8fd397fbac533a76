import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import {
  type HeaderSource,
  missingPayment,
  PAYMENT_HEADERS,
  paymentHeaders,
  readPayment,
} from '../../src/payments/headers.ts';
import { MAX_UINT256 } from '../../src/payments/uint256.ts';
import { filled } from '../support/payment-fixtures.ts';

type Values = Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>;

const SIGNATURE = filled(65, 7);
const RIGHT: Values = {
  'snet-payment-type': 'escrow',
  'snet-payment-channel-id': '42',
  'snet-payment-channel-nonce': '3',
  'snet-payment-channel-amount': '12345',
  'snet-payment-channel-signature-bin': SIGNATURE,
};

function source(values: Values): HeaderSource {
  return {
    get: (key) => {
      const value = values[key];
      if (value === undefined) return [];
      return typeof value === 'string' || value instanceof Uint8Array ? [value] : value;
    },
  };
}

function without(name: string): Values {
  return Object.fromEntries(Object.entries(RIGHT).filter(([key]) => key !== name));
}

function refused(values: Values, message: string): void {
  assert.throws(() => readPayment(source(values)), { code: 'PROVENDER_INVALID', message });
}

test('the names are those that clients of other daemons send', () => {
  assert.deepEqual(Object.values(PAYMENT_HEADERS), Object.keys(RIGHT));
});

test('a payment is read; the type may be left out', () => {
  const payment = { channelId: 42n, nonce: 3n, amount: 12_345n, signature: SIGNATURE };
  assert.deepEqual(readPayment(source(RIGHT)), payment);
  assert.deepEqual(readPayment(source(without('snet-payment-type'))), payment);
});

test('the address of the contract that a client sends is ignored', () => {
  const values = { ...RIGHT, 'snet-payment-mpe-address': 'nonsense' };
  assert.deepEqual(readPayment(source(values)), readPayment(source(RIGHT)));
});

test('a call without any payment header carries no payment; headers that are not of a payment do not count', () => {
  assert.equal(readPayment(source({})), undefined);
  const others = {
    'snet-payment-mpe-address': '0x00',
    'snet-user-address': '0x00',
    'snet-prepaid-auth-token-bin': filled(3, 1),
    'user-agent': 'x',
  };
  assert.equal(readPayment(source(others)), undefined);
});

test('a call that has to be paid and is not is told what is missing', () => {
  assert.equal(missingPayment().message, 'missing "snet-payment-channel-id"');
  assert.equal(missingPayment(false).message, 'missing metadata');
  assert.equal(missingPayment().code, 'PROVENDER_INVALID');
});

test('each missing header is named, in the order in which they are read', () => {
  for (const name of Object.keys(RIGHT).slice(1)) refused(without(name), `missing "${name}"`);
  refused({ 'snet-payment-type': 'escrow' }, 'missing "snet-payment-channel-id"');
  refused({ 'snet-payment-channel-signature-bin': SIGNATURE }, 'missing "snet-payment-channel-id"');
});

test('each repeated header is refused with its values', () => {
  for (const name of [
    'snet-payment-type',
    'snet-payment-channel-id',
    'snet-payment-channel-nonce',
    'snet-payment-channel-amount',
  ])
    refused({ ...RIGHT, [name]: ['1', '2'] }, `too many values for key "${name}": [1 2]`);
  refused(
    { ...RIGHT, 'snet-payment-channel-id': ['42', '42'] },
    'too many values for key "snet-payment-channel-id": [42 42]',
  );
  refused(
    { ...RIGHT, 'snet-payment-channel-signature-bin': [Uint8Array.of(1), Uint8Array.of(2, 255)] },
    'too many values for key "snet-payment-channel-signature-bin": [01 02ff]',
  );
});

test('other types of payment are refused, those that other daemons offer too', () => {
  for (const type of ['x', '', 'free-call', 'train-call', 'prepaid-call', 'Escrow', 'escrow '])
    refused({ ...RIGHT, 'snet-payment-type': type }, `unexpected "snet-payment-type", value: "${type}"`);
  refused({ 'snet-payment-type': 'prepaid-call' }, 'unexpected "snet-payment-type", value: "prepaid-call"');
});

test('numbers have one spelling in each header that has one', () => {
  const spellings = [
    '0x2a',
    '052',
    '4_2',
    '+42',
    '-42',
    ' 42',
    '1e2',
    '٤٢',
    '',
    'abc',
    (42n + 2n ** 256n).toString(),
  ];
  for (const name of ['snet-payment-channel-id', 'snet-payment-channel-nonce', 'snet-payment-channel-amount'])
    for (const text of spellings)
      refused({ ...RIGHT, [name]: text }, `incorrect format "${name}": "${text}"`);
});

test('a signature comes as bytes under the name of bytes', () => {
  const key = 'snet-payment-channel-signature-bin';
  refused({ ...RIGHT, [key]: 'AAAA' }, `incorrect binary key name "${key}"`);
  refused(
    { ...without(key), 'snet-payment-channel-signature': 'AAAA' },
    'incorrect binary key name "snet-payment-channel-signature"',
  );
  refused({ 'snet-payment-channel-signature': 'AAAA' }, 'missing "snet-payment-channel-id"');
});

test('bytes where a text belongs are refused', () => {
  refused(
    { ...RIGHT, 'snet-payment-channel-id': Uint8Array.of(4, 2) },
    'incorrect format "snet-payment-channel-id": "0402"',
  );
});

test('a signature of another length is left to the validation', () => {
  for (const size of [0, 64, 66, 5000]) {
    const values = { ...RIGHT, 'snet-payment-channel-signature-bin': filled(size, 1) };
    assert.equal(readPayment(source(values))?.signature.length, size);
  }
});

test('the answer to an oversized header is short', () => {
  const long = '1'.repeat(60_000);
  for (const value of [long, [long, long], new Array<string>(9000).fill(long.slice(0, 90))])
    assert.throws(
      () => readPayment(source({ ...RIGHT, 'snet-payment-channel-amount': value })),
      (error: Error) => error.message.length < 700,
    );
  refused(
    { ...RIGHT, 'snet-payment-channel-amount': long },
    `incorrect format "snet-payment-channel-amount": "${'1'.repeat(100)}..."`,
  );
});

test('what a client writes is what is read, through the metadata of gRPC too', () => {
  const uint256 = fc.bigInt({ min: 0n, max: MAX_UINT256 });
  const payments = fc.record(
    {
      channelId: uint256,
      nonce: uint256,
      amount: uint256,
      signature: fc.uint8Array({ minLength: 65, maxLength: 65 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(payments, (payment) => {
      const metadata = new Metadata();
      for (const [name, value] of paymentHeaders(payment))
        metadata.add(name, typeof value === 'string' ? value : Buffer.from(value));
      const onTheWire = Object.entries(metadata.toHttp2Headers()).map(([name, value]) => [
        name,
        String(value),
      ]);
      const received = Metadata.fromHttp2Headers(Object.fromEntries(onTheWire));
      const read = readPayment({ get: (key) => received.get(key) });
      assert.ok(read !== undefined);
      assert.deepEqual({ ...read, signature: Uint8Array.from(read.signature) }, payment);
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeSchedule, parseSchedule, priceOf, SIZED_METHODS } from '../../src/payments/price-schedule.ts';
import { MAX_UINT256 } from '../../src/payments/uint256.ts';

const EXAMPLE = {
  version: 3,
  default: { perCall: '0', perKiB: '0' },
  methods: {
    SetShare: { perCall: '1', perKiB: '2' },
    SetFile: { perCall: '1', perKiB: '2' },
    GetShare: { perCall: '0', perKiB: '1' },
    StatFile: { perCall: '7' },
  },
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const refused = (value: unknown, message: RegExp): void =>
  assert.throws(() => parseSchedule(value), { code: 'PROVENDER_CONFIG', message });

test('a call costs its price and that of each KiB that was begun', () => {
  const schedule = parseSchedule(EXAMPLE);
  const prices: readonly (readonly [string, bigint, bigint])[] = [
    ['SetShare', 0n, 1n],
    ['SetShare', 1n, 3n],
    ['SetShare', 1024n, 3n],
    ['SetShare', 1025n, 5n],
    ['SetShare', 4096n, 9n],
    ['SetFile', 2n ** 40n, 1n + 2n ** 31n],
    ['GetShare', 0n, 0n],
    ['GetShare', 4096n, 4n],
    ['GetFile', 4096n, 0n],
    ['StatFile', 4096n, 7n],
    ['VerifyShare', 0n, 0n],
  ];
  for (const [method, bytes, price] of prices)
    assert.equal(priceOf(schedule, method, bytes), price, `${method} ${bytes}`);
});

test('methods that are not named cost the default, but those that check the provider or help to pay', () => {
  const schedule = parseSchedule({ version: 1, default: { perCall: '5', perKiB: '3' } });
  for (const method of SIZED_METHODS) assert.equal(priceOf(schedule, method, 2048n), 11n, method);
  for (const method of ['StatShare', 'ListFiles', 'constructor', '__proto__', 'toString'])
    assert.equal(priceOf(schedule, method, 2048n), 5n, method);
  for (const method of [
    'VerifyShare',
    'VerifyShares',
    'VerifyFile',
    'GetChannelState',
    'GetSchedule',
    'Quote',
    'Check',
    'Watch',
  ])
    assert.equal(priceOf(schedule, method, 2048n), 0n, method);
});

test('a method that is free by default may be given a price', () => {
  const schedule = parseSchedule({ version: 1, methods: { VerifyFile: { perCall: '4' } } });
  assert.equal(priceOf(schedule, 'VerifyFile', 0n), 4n);
});

test('the price is exact whatever the size', () => {
  const amount = fc.bigInt({ min: 0n, max: 2n ** 128n });
  fc.assert(
    fc.property(amount, amount, fc.bigInt({ min: 0n, max: 2n ** 64n }), (perCall, perKiB, bytes) => {
      const price = { perCall: perCall.toString(), perKiB: perKiB.toString() };
      const schedule = parseSchedule({ version: 0, methods: { SetFile: price } });
      const whole = bytes / 1024n;
      const begun = bytes % 1024n === 0n ? whole : whole + 1n;
      assert.equal(priceOf(schedule, 'SetFile', bytes), perCall + perKiB * begun);
    }),
  );
});

test('a price that no channel can hold is an error of the provider', () => {
  const schedule = parseSchedule({ version: 0, methods: { SetFile: { perKiB: MAX_UINT256.toString() } } });
  assert.equal(priceOf(schedule, 'SetFile', 1024n), MAX_UINT256);
  assert.throws(() => priceOf(schedule, 'SetFile', 1025n), {
    code: 'PROVENDER_CHANNEL',
    message: /^internal error: the price of SetFile/,
  });
});

test('equal schedules are equal bytes, whatever the order in their files', () => {
  const bytes = encodeSchedule(parseSchedule(EXAMPLE));
  assert.equal(
    text(bytes),
    '{"v":1,"t":"price","version":"3","default":{"perCall":"0","perKiB":"0"},"methods":{"GetShare":{"perCall":"0","perKiB":"1"},"SetFile":{"perCall":"1","perKiB":"2"},"SetShare":{"perCall":"1","perKiB":"2"},"StatFile":{"perCall":"7","perKiB":"0"}}}',
  );
  const turned = { methods: Object.fromEntries(Object.entries(EXAMPLE.methods).toReversed()), version: 3 };
  assert.deepEqual(encodeSchedule(parseSchedule(turned)), bytes);
  assert.notDeepEqual(encodeSchedule(parseSchedule({ ...EXAMPLE, version: 4 })), bytes);
});

test('what is no schedule is refused with the place and the cure', () => {
  refused(undefined, /^prices: schedule: not a section/);
  refused([], /not a section/);
  refused({}, /^prices: version: not a whole number from 0/);
  for (const version of ['3', -1, 1.5, 2 ** 53, Number.NaN]) refused({ version }, /^prices: version/);
  refused({ version: 1, prices: {} }, /unknown member "prices"/);
  refused({ version: 1, methods: { setShare: {} } }, /^prices: methods.setShare: not the name of a method/);
  refused(
    { version: 1, methods: { SetShare: { perkib: '1' } } },
    /^prices: methods.SetShare: unknown member "perkib"/,
  );
  refused(
    { version: 1, methods: { StatFile: { perKiB: '1' } } },
    /^prices: methods.StatFile.perKiB: .* give perCall$/,
  );
  refused({ version: 1, methods: JSON.parse('{"__proto__": {"perCall": "1"}}') }, /not the name of a method/);
});

test('amounts are decimal texts: a number of YAML may have lost digits', () => {
  for (const perCall of [1, 1n, '0x1', '01', '-1', '1.5', '', '1_000', (2n ** 256n).toString(), null])
    refused(
      { version: 1, default: { perCall } },
      /^prices: default.perCall: not a decimal number .* in quotes/,
    );
});

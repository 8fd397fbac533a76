import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_UINT256, parseUint256, uint256Bytes, uint256FromBytes } from '../../src/payments/uint256.ts';

const uint256 = fc.bigInt({ min: 0n, max: MAX_UINT256 });

function refused(text: string): void {
  assert.throws(() => parseUint256(text, 'channel id'), { code: 'PROVENDER_INVALID' }, text);
}

test('a number plus any multiple of 2^256 is refused, so a payment works under one id alone', () => {
  assert.equal(parseUint256('42', 'channel id'), 42n);
  for (const k of [1n, 2n, 3n, 7n]) refused((42n + k * 2n ** 256n).toString());
  fc.assert(
    fc.property(uint256, fc.bigInt({ min: 1n, max: 2n ** 200n }), (value, k) => {
      assert.equal(parseUint256(value.toString(), 'id'), value);
      refused((value + k * 2n ** 256n).toString());
    }),
  );
});

test('the bounds are 0 and 2^256 - 1', () => {
  assert.equal(parseUint256('0', 'amount'), 0n);
  assert.equal(parseUint256(MAX_UINT256.toString(), 'amount'), MAX_UINT256);
  refused((MAX_UINT256 + 1n).toString());
  refused('9'.repeat(78));
  refused(`1${'0'.repeat(78)}`);
  refused('1'.repeat(10_000));
});

test('no sign, no other base, no separator, no space, no leading zero, no digit of another script', () => {
  const spellings = [
    '0x2a', '0X2A', '052', '0b101010', '0o52', '4_2', '4,2', '+42', '-42', '-0', ' 42', '42 ', '42\n', '\t42', '4 2',
    '1e2', '1E2', '42.', '42.0', '.5', '00', '042', '42n', '0042', '', ' ', 'NaN', 'Infinity', '٤٢', '４２', '४२', '42\u0000', '4\u200b2', 'null',
  ]; // biome-ignore format: a list
  for (const text of spellings) refused(text);
});

test('a text is a number exactly when it is how the number is written', () => {
  const near = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'0123456789+-_ xXeE.'.split('')) }),
    uint256.map(String),
  );
  fc.assert(
    fc.property(near, (text) => {
      const isRight = /^[0-9]+$/.test(text) && BigInt(text).toString() === text && BigInt(text) < 2n ** 256n;
      if (isRight) assert.equal(parseUint256(text, 'n').toString(), text);
      else refused(text);
    }),
    { numRuns: 1000 },
  );
});

test('the error names the number, shows what was found and does not repeat all of a long one', () => {
  assert.throws(
    () => parseUint256('0x2a', 'channel id'),
    /^ProvenderError: channel id: "0x2a" is no decimal/,
  );
  assert.throws(
    () => parseUint256('1'.repeat(10_000), 'nonce'),
    (error: Error) => error.message.length < 250,
  );
});

test('numbers are 32 bytes, big-endian, and are read padded or not', () => {
  assert.deepEqual(uint256Bytes(258n), Uint8Array.from([...new Array<number>(30).fill(0), 1, 2]));
  fc.assert(
    fc.property(uint256, fc.nat(32), (value, padding) => {
      const bytes = uint256Bytes(value);
      assert.equal(bytes.length, 32);
      assert.equal(uint256FromBytes(bytes), value);
      const first = bytes.findIndex((byte) => byte !== 0);
      const shortest = first < 0 ? 31 : first;
      assert.equal(uint256FromBytes(bytes.subarray(Math.max(0, shortest - padding))), value);
    }),
  );
});

test('bytes of a number are 1 to 32', () => {
  assert.throws(() => uint256FromBytes(new Uint8Array(), 'channel id'), {
    code: 'PROVENDER_INVALID',
    message: 'channel id: 0 bytes, not 1 to 32; send the number big-endian',
  });
  assert.throws(() => uint256FromBytes(new Uint8Array(33), 'channel id'), { code: 'PROVENDER_INVALID' });
  assert.equal(uint256FromBytes(new Uint8Array(32).fill(255)), MAX_UINT256);
});

test('what is no uint256 is never written', () => {
  assert.throws(() => uint256Bytes(-1n), { code: 'PROVENDER_INVALID' });
  assert.throws(() => uint256Bytes(2n ** 256n), { code: 'PROVENDER_INVALID' });
});

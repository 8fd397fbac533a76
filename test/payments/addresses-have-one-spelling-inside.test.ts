import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { getAddress } from 'viem';
import { addressBytes, addressOf, checksumAddress, parseEvmAddress } from '../../src/payments/address.ts';
import { filled } from '../support/payment-fixtures.ts';

/** From EIP-55, "Test Cases". */
const CHECKSUMMED = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0xde709f2102306220921060314715629080e2fb77',
];

test('the examples of EIP-55 are read, in lower and upper case too', () => {
  for (const text of CHECKSUMMED) {
    const address = text.toLowerCase();
    assert.equal(parseEvmAddress(text), address);
    assert.equal(parseEvmAddress(address), address);
    assert.equal(parseEvmAddress(`0x${text.slice(2).toUpperCase()}`), address);
    assert.equal(checksumAddress(parseEvmAddress(address)), text);
  }
});

test('an address in mixed case whose checksum does not hold was mistyped', () => {
  assert.throws(() => parseEvmAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'), {
    code: 'PROVENDER_INVALID',
    message: /0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed would/,
  });
});

test('what is no address is refused', () => {
  const digits = 'ab'.repeat(20);
  for (const text of [
    '',
    digits,
    `0X${digits}`,
    `0x${digits}0`,
    `0x${digits.slice(1)}`,
    ` 0x${digits}`,
    `0x${digits}\n`,
    `0x${'g'.repeat(40)}`,
  ])
    assert.throws(() => parseEvmAddress(text), { code: 'PROVENDER_INVALID' }, text);
});

test('any 20 bytes are an address that is written and read as viem does it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      const address = addressOf(bytes);
      assert.deepEqual(addressBytes(address), bytes);
      assert.equal(checksumAddress(address), getAddress(address));
      assert.equal(parseEvmAddress(getAddress(address)), address);
    }),
  );
});

test('other numbers of bytes are no address', () => {
  for (const size of [0, 19, 21, 32])
    assert.throws(() => addressOf(filled(size, 1)), { code: 'PROVENDER_INVALID' });
});

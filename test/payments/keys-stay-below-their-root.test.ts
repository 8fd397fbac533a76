import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PaymentKeys, type PaymentScope } from '../../src/payments/payment-keys.ts';
import { MAX_UINT256 } from '../../src/payments/uint256.ts';
import { anAddress, filled } from '../support/payment-fixtures.ts';

const SCOPE: PaymentScope = {
  network: 'sepolia',
  organization: 'my-org',
  groupId: Uint8Array.from({ length: 32 }, (_, at) => 0xf0 + at),
  mpe: anAddress(0xee),
};
const ROOT = `provender/v1/sepolia/my-org/8PHy8_T19vf4-fr7_P3-_wABAgMEBQYHCAkKCwwNDg8/${'ee'.repeat(20)}/`;
const keys = new PaymentKeys(SCOPE);
const uint256 = fc.bigInt({ min: 0n, max: MAX_UINT256 });

test('the layout of the keys is fixed', () => {
  const id = `${'0'.repeat(62)}2a`;
  const nonce = `${'0'.repeat(63)}3`;
  const op = filled(16, 0xab);
  assert.deepEqual(
    {
      root: keys.root,
      channel: keys.channel(42n),
      lock: keys.lock(42n),
      life: keys.life(op),
      claim: keys.claim(42n),
      ended: keys.ended(42n, 3n),
      endedOf: keys.endedOf(42n),
      price: keys.price(3),
      paid: keys.paid(op),
      prefixes: [keys.channels, keys.locks, keys.lives, keys.claims, keys.allEnded, keys.paidMarks],
    },
    {
      root: ROOT,
      channel: `${ROOT}channel/${id}`,
      lock: `${ROOT}lock/${id}`,
      life: `${ROOT}life/${'ab'.repeat(16)}`,
      claim: `${ROOT}claim/${id}`,
      ended: `${ROOT}ended/${id}/${nonce}`,
      endedOf: `${ROOT}ended/${id}/`,
      price: `${ROOT}price/3`,
      paid: `${ROOT}paid/${'ab'.repeat(16)}`,
      prefixes: ['channel', 'lock', 'life', 'claim', 'ended', 'paid'].map((part) => `${ROOT}${part}/`),
    },
  );
});

test('names that could reach into the keys of others are refused', () => {
  for (const name of ['a/b', '/', '../x', '', 'a b', 'ä', 'a\u0000', 'a'.repeat(65), 'a\n', '..%2f'])
    for (const field of ['network', 'organization'])
      assert.throws(() => new PaymentKeys({ ...SCOPE, [field]: name }), { code: 'PROVENDER_INVALID' }, name);
  for (const name of ['a', 'A.b_c-9', 'a'.repeat(64)])
    assert.ok(
      new PaymentKeys({ ...SCOPE, network: name, organization: name }).root.includes(`/${name}/${name}/`),
    );
});

test('a group id has 32 bytes, an operation and a life 16', () => {
  assert.throws(() => new PaymentKeys({ ...SCOPE, groupId: filled(31, 1) }), { code: 'PROVENDER_INVALID' });
  assert.throws(() => keys.paid(filled(15, 1)), { code: 'PROVENDER_INVALID' });
  assert.throws(() => keys.life(filled(17, 1)), { code: 'PROVENDER_INVALID' });
});

test('another network, organization, group or contract has other keys', () => {
  const others: Partial<PaymentScope>[] = [
    { network: 'main' },
    { organization: 'my-org2' },
    { groupId: filled(32, 1) },
    { mpe: anAddress(0xef) },
  ];
  const roots = [keys, ...others.map((other) => new PaymentKeys({ ...SCOPE, ...other }))].map(
    ({ root }) => root,
  );
  assert.equal(new Set(roots).size, roots.length);
  for (const one of roots) assert.equal(roots.filter((other) => other.startsWith(one)).length, 1);
});

test('the order of the keys is that of the ids, and ids are read back from keys', () => {
  fc.assert(
    fc.property(uint256, uint256, (one, other) => {
      assert.equal(keys.channel(one) < keys.channel(other), one < other);
      assert.equal(keys.ended(7n, one) < keys.ended(7n, other), one < other);
      for (const key of [keys.channel(one), keys.lock(one), keys.claim(one)])
        assert.equal(keys.channelIdOf(key), one);
      assert.deepEqual(keys.endedIdOf(keys.ended(one, other)), { channelId: one, nonce: other });
      assert.ok(keys.ended(one, other).startsWith(keys.endedOf(one)));
    }),
  );
});

test('random ids are read back from keys', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (id) => {
      assert.deepEqual(keys.opOf(keys.paid(id)), id);
      assert.deepEqual(keys.lifeOf(keys.life(id)), id);
    }),
  );
});

test('a key that is not of these records is refused', () => {
  const other = new PaymentKeys({ ...SCOPE, network: 'main' });
  const strange = [
    '',
    ROOT,
    keys.channels,
    `${keys.channels}2a`,
    `${keys.channels}${'g'.repeat(64)}`,
    `${keys.channels}${'A'.repeat(64)}`,
    `${keys.channel(1n)}0`,
    `${keys.channel(1n)}/x`,
    other.channel(1n),
    keys.price(1),
    keys.endedOf(1n),
    `${keys.ended(1n, 2n)}/3`,
  ];
  for (const key of strange) {
    assert.throws(() => keys.channelIdOf(key), { code: 'PROVENDER_INVALID' }, key);
    assert.throws(() => keys.endedIdOf(key), { code: 'PROVENDER_INVALID' }, key);
    assert.throws(() => keys.opOf(key), { code: 'PROVENDER_INVALID' }, key);
    assert.throws(() => keys.lifeOf(key), { code: 'PROVENDER_INVALID' }, key);
  }
});

test('the longest key fits into the state store', () => {
  const name = 'n'.repeat(64);
  const longest = new PaymentKeys({ ...SCOPE, network: name, organization: name }).ended(
    MAX_UINT256,
    MAX_UINT256,
  );
  assert.ok(longest.length <= 512, `${longest.length} bytes`);
  assert.match(longest, /^[\x21-\x7e]+$/);
});

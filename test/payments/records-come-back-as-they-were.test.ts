import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressOf } from '../../src/payments/address.ts';
import {
  type ChannelRecord,
  decodeChannel,
  encodeChannel,
} from '../../src/payments/records/channel-record.ts';
import { decodeClaim, encodeClaim } from '../../src/payments/records/claim-record.ts';
import { decodeEnded, encodeEnded } from '../../src/payments/records/ended-record.ts';
import { decodeLife, encodeLife } from '../../src/payments/records/life-record.ts';
import { decodeLock, encodeLock } from '../../src/payments/records/lock-record.ts';
import { decodePaidMark, encodePaidMark, type PaidMark } from '../../src/payments/records/paid-mark.ts';
import { fromHex, hex } from '../support/payment-fixtures.ts';

const uint256 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 64n, 2n ** 256n - 1n),
);
const count = fc.maxSafeNat();
const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const address = bytes(20).map(addressOf);
const plain = fc.string({ unit: 'grapheme-ascii', maxLength: 256 });
/** An amount and its signature, or neither. */
const signed = fc.oneof(
  fc.record({ authorizedAmount: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), signature: bytes(65) }),
  fc.constant({ authorizedAmount: 0n }),
);

const channels: fc.Arbitrary<ChannelRecord> = fc
  .tuple(
    fc.record({ channelId: uint256, nonce: uint256, sender: address, signer: address, recipient: address }),
    fc.record({ groupId: bytes(32), fullAmount: uint256, expiration: uint256 }),
    signed,
    fc.record({ op: bytes(16), by: count, schedule: count, request: bytes(32), repeat: fc.boolean() }),
  )
  .map(([identity, chain, amount, call]) => ({ ...identity, ...chain, ...amount, ...call }));

const marks: fc.Arbitrary<PaidMark> = fc.record(
  {
    replica: count,
    objectId: bytes(32),
    tag: bytes(8),
    head: fc.uint8Array({ maxLength: 300 }),
    block: bytes(4096),
  },
  { requiredKeys: ['replica', 'objectId', 'tag', 'head'], noNullPrototype: true },
);

/** Reads what was written, and finds no two spellings of one record: any change of a byte is refused or another record. */
function comesBack<T>(
  records: fc.Arbitrary<T>,
  encode: (record: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
): void {
  fc.assert(
    fc.property(records, fc.nat(), fc.nat(255), (record, at, value) => {
      const written = encode(record);
      assert.deepEqual({ ...decode(written) }, { ...record });
      assert.deepEqual(encode(decode(written)), written);
      const changed = Uint8Array.from(written);
      changed[at % written.length] = value;
      let read: T;
      try {
        read = decode(changed);
      } catch (error) {
        assert.match(String(error), /payment channel error/);
        return;
      }
      assert.deepEqual(encode(read), changed);
    }),
  );
}

test('records of channels', () => comesBack(channels, encodeChannel, decodeChannel));

test('locks', () =>
  comesBack(
    fc.record({ replica: count, life: bytes(16), op: bytes(16), method: plain, startedUnixMs: count }),
    encodeLock,
    decodeLock,
  ));

test('lives', () => comesBack(fc.record({ replica: count, lease: plain }), encodeLife, decodeLife));

test('provider claims', () =>
  comesBack(
    fc.record({ nonce: uint256, amount: uint256, signature: bytes(65), startBlock: uint256 }),
    encodeClaim,
    decodeClaim,
  ));

test('endings', () =>
  comesBack(
    fc.record(
      {
        nonce: uint256,
        amount: uint256,
        signature: bytes(65),
        outcome: fc.constantFrom('paid' as const, 'timed-out' as const, 'unknown' as const),
        claimedAmount: uint256,
        transaction: bytes(32).map((hash) => `0x${hex(hash)}` as const),
        block: uint256,
      },
      { requiredKeys: ['nonce', 'amount', 'signature', 'outcome', 'block'] },
    ),
    encodeEnded,
    decodeEnded,
  ));

test('marks of uploads', () =>
  comesBack(marks, encodePaidMark, (found) => {
    const mark = decodePaidMark(found);
    return mark === 'drop' ? assert.fail('a drop mark') : mark;
  }));

test('no bytes are read as a record that would be written otherwise', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        fc.json().map((text) => fromHex(Buffer.from(text).toString('hex'))),
      ),
      (found) => {
        for (const decode of [decodeChannel, decodeLock, decodeLife, decodeClaim, decodeEnded])
          assert.throws(() => decode(found), { code: 'PROVENDER_CHANNEL' });
      },
    ),
    { numRuns: 300 },
  );
});

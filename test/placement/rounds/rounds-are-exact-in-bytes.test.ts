import assert from 'node:assert/strict';
import { createHash, verify } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import {
  decodeRound,
  encodeRound,
  fittingRecords,
  MAX_RECORD_SIZE,
  MAX_RECORDS,
  MAX_ROUND_SIZE,
  roundHash,
  type UnsignedRound,
} from '../../../src/placement/rounds/round.ts';
import { firstSeed, seedInput, seedOf } from '../../../src/placement/rounds/seeds.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { testNode } from '../../support/test-network.ts';

const NODE = testNode('a primary');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const big = (value: bigint | number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

function tag(name: string): string {
  const bytes = Buffer.alloc(32);
  bytes.write(`provender/${name}/v1`);
  return bytes.toString('hex');
}

const hashOf = (name: string, parts: string): string =>
  createHash('sha256')
    .update(Buffer.from(tag(name) + parts, 'hex'))
    .digest('hex');

/** The layout of rounds.md, without anything of `src`. */
function plainRound(round: UnsignedRound): string {
  return [
    '010d0000',
    hex(round.networkId),
    big(round.number, 8),
    hex(round.prevHash),
    big(round.unixMs, 8),
    hex(round.seed),
    hex(round.registryRoot),
    hex(round.proposerKey),
    hex(round.vrfKey),
    hex(round.proof),
    big(round.records.length, 4),
    ...round.records.map((record) => big(record.length, 4) + hex(record)),
  ].join('');
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** The last moment of a `Date`. */
const LAST_MS = 8_640_000_000_000_000n;
const ROUNDS: fc.Arbitrary<UnsignedRound> = fc.record(
  {
    networkId: bytes(32),
    number: u64,
    prevHash: bytes(32),
    unixMs: fc.bigInt({ min: 0n, max: LAST_MS }),
    seed: bytes(32),
    registryRoot: bytes(32),
    proposerKey: bytes(32),
    vrfKey: bytes(32),
    proof: bytes(80),
    records: fc.array(fc.uint8Array({ minLength: 36, maxLength: 400 }), { maxLength: 6 }),
  },
  { noNullPrototype: true },
);

const sample = (records: readonly Uint8Array[]): UnsignedRound => ({
  networkId: bytesOf('network'),
  number: 7n,
  prevHash: bytesOf('previous'),
  unixMs: 1n,
  seed: bytesOf('seed'),
  registryRoot: bytesOf('root'),
  proposerKey: NODE.storerKey,
  vrfKey: NODE.vrfKey,
  proof: new Uint8Array(80),
  records,
});

/** A record of a type and a length. */
function record(type: number, length = 100): Uint8Array {
  const made = new Uint8Array(length);
  made.set([1, type]);
  return made;
}

test('a round has the bytes of the spec, and comes back as it went', () => {
  fc.assert(
    fc.property(ROUNDS, (round) => {
      const message = encodeRound(round, NODE.signer);
      const unsigned = hex(message.subarray(0, -64));
      assert.equal(unsigned, plainRound(round));
      const digest = Buffer.from(hashOf('msg', unsigned), 'hex');
      assert.ok(verify(null, digest, NODE.signer.publicKeyObject, message.subarray(-64)));
      assert.equal(hex(roundHash(message)), hashOf('round', hex(message)));
      assert.deepEqual(decodeRound(message), { ...round, signature: message.slice(-64) });
    }),
    { numRuns: 100 },
  );
});

test('seeds are the hashes of the spec', () => {
  const [networkId, previousSeed, beta] = [bytesOf('network'), bytesOf('seed'), new Uint8Array(64).fill(7)];
  const input = seedInput({ networkId, round: 258n, previousSeed });
  assert.equal(hex(input), hashOf('seedvrf', `${hex(networkId)}${big(258, 8)}${hex(previousSeed)}`));
  assert.equal(hex(seedOf(beta)), hashOf('seed', hex(beta)));
  assert.equal(hex(firstSeed(networkId)), hashOf('seed', hex(networkId)));
});

test('cut, stretched and random rounds give an error of ours', () => {
  const isRefused = (bytesOfRound: Uint8Array): boolean => {
    try {
      decodeRound(bytesOfRound);
      return false;
    } catch (error) {
      assert.ok(
        isProvenderError(error, 'PROVENDER_INVALID') || isProvenderError(error, 'PROVENDER_UNSUPPORTED'),
      );
      return true;
    }
  };
  const whole = encodeRound(sample([record(1), record(8)]), NODE.signer);
  for (let length = 0; length < whole.length; length++) assert.ok(isRefused(whole.subarray(0, length)));
  assert.ok(isRefused(Buffer.concat([whole, Buffer.alloc(1)])));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 900 }), fc.nat(36), (tail, kept) => {
      isRefused(Buffer.concat([whole.subarray(0, kept), tail]));
    }),
  );
});

test('counts and lengths that lie take no memory', () => {
  const whole = encodeRound(sample([record(1)]), NODE.signer);
  const countAt = 36 + 8 + 32 + 8 + 4 * 32 + 80;
  for (const [at, value] of [
    [countAt, 0xffff_ffff],
    [countAt, MAX_RECORDS],
    [countAt + 4, 0xffff_ffff],
    [countAt + 4, MAX_RECORD_SIZE],
    [countAt + 4, 0],
  ] as const) {
    const lying = Buffer.from(whole);
    lying.writeUInt32BE(value, at);
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(() => decodeRound(lying), { code: 'PROVENDER_INVALID' });
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
  }
});

test('a round has room for so many records, so many of them SetKeys, and so many bytes', () => {
  const encode = (records: readonly Uint8Array[]): Uint8Array => encodeRound(sample(records), NODE.signer);
  const many = (count: number, type: number, length?: number): Uint8Array[] =>
    Array.from({ length: count }, () => record(type, length));
  const full = [many(MAX_RECORDS, 1), many(64, 9), many(8, 1, 131_000)];
  const overfull = [many(MAX_RECORDS + 1, 1), many(65, 9), many(8, 1, MAX_RECORD_SIZE)];
  for (const records of full) assert.deepEqual(decodeRound(encode(records)).records, records);
  for (const records of overfull) assert.throws(() => encode(records), { code: 'PROVENDER_INVALID' });
  for (const records of [...full, ...overfull]) encode(fittingRecords(records));
  assert.throws(() => encode([record(1, MAX_RECORD_SIZE + 1)]), {
    code: 'PROVENDER_INVALID',
    message: /record/,
  });
  assert.throws(() => encode([record(1, 35)]), { code: 'PROVENDER_INVALID', message: /record/ });
  assert.throws(() => decodeRound(new Uint8Array(MAX_ROUND_SIZE + 1)), {
    code: 'PROVENDER_INVALID',
    message: /limit/,
  });
});

test('times that no date can show are refused', () => {
  const round = { ...sample([]), unixMs: LAST_MS };
  const last = encodeRound(round, NODE.signer);
  assert.equal(new Date(Number(decodeRound(last).unixMs)).getTime(), Number(LAST_MS));
  assert.throws(() => encodeRound({ ...round, unixMs: LAST_MS + 1n }, NODE.signer), {
    code: 'PROVENDER_INVALID',
    message: /time/,
  });
  const late = Buffer.from(last);
  late.writeBigUInt64BE(2n ** 64n - 1n, 36 + 8 + 32);
  assert.throws(() => decodeRound(late), { code: 'PROVENDER_INVALID', message: /time/ });
});

test('a reader refuses what a writer refuses: 65 SetKeys', () => {
  const plain = Buffer.from(plainRound(sample(Array.from({ length: 65 }, () => record(9)))), 'hex');
  const message = Buffer.concat([plain, Buffer.alloc(64)]);
  assert.throws(() => decodeRound(message), { code: 'PROVENDER_INVALID', message: /SetKeys/ });
});

test('what has no room waits, what is behind it may still fit', () => {
  const setKeys = Array.from({ length: 70 }, () => record(9));
  const fitting = fittingRecords([...setKeys, record(1)]);
  assert.equal(fitting.length, 65);
  assert.deepEqual(fitting.at(-1), record(1));
});

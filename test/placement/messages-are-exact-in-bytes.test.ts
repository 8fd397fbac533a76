import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { decodeAnnounce, encodeAnnounce } from '../../src/placement/messages/announce.ts';
import { decodeAssign, encodeAssign } from '../../src/placement/messages/assign.ts';
import { decodeChallenge, encodeChallenge } from '../../src/placement/messages/challenge-message.ts';
import { CLAIM_SIZE, claimHash, decodeClaim, encodeClaim } from '../../src/placement/messages/claim.ts';
import { commitSize, decodeCommit, encodeCommit } from '../../src/placement/messages/commit.ts';
import { decodeFetch, encodeFetch } from '../../src/placement/messages/fetch.ts';
import { decodeSetKey, encodeSetKey } from '../../src/placement/messages/set-key.ts';
import { isSigned } from '../../src/placement/messages/signed-message.ts';
import * as any from './any-message.ts';
import * as plain from './plain-messages.ts';

const { signer } = any;

/** A kind of message: how it is drawn, written, read, and written by the plain code. */
interface MessageKind<M> {
  readonly name: string;
  readonly drawn: fc.Arbitrary<M>;
  readonly encode: (message: M) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => M;
  readonly plain: (message: M) => Uint8Array;
}

/** What the tests below do with a kind, whatever its fields are. */
interface Suite {
  readonly name: string;
  /** Bytes of a message, those of the plain code, and those after a round trip. */
  readonly cases: fc.Arbitrary<{ bytes: Uint8Array; plain: Uint8Array; again: Uint8Array }>;
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Reads and writes; the signature is made anew. */
  readonly again: (bytes: Uint8Array) => Uint8Array;
}

function suiteOf<M>(kind: MessageKind<M>): Suite {
  const again = (bytes: Uint8Array): Uint8Array => kind.encode(kind.decode(bytes));
  const cases = kind.drawn.map((message) => {
    const bytes = kind.encode(message);
    assert.deepEqual(kind.decode(bytes), message);
    return { bytes, plain: kind.plain(message), again: again(bytes) };
  });
  return { name: kind.name, cases, decode: kind.decode, again };
}

const CLAIM = suiteOf({
  name: 'Claim',
  drawn: any.anyClaim,
  encode: encodeClaim,
  decode: decodeClaim,
  plain: plain.plainClaim,
});
const SIGNED: readonly Suite[] = [
  suiteOf({
    name: 'Announce',
    drawn: any.anyAnnounce,
    encode: (m) => encodeAnnounce(m, signer),
    decode: decodeAnnounce,
    plain: plain.plainAnnounce,
  }),
  suiteOf({
    name: 'Assign',
    drawn: any.anyAssign,
    encode: (m) => encodeAssign(m, signer),
    decode: decodeAssign,
    plain: plain.plainAssign,
  }),
  suiteOf({
    name: 'Commit',
    drawn: any.anyCommit,
    encode: (m) => encodeCommit(m, signer),
    decode: decodeCommit,
    plain: plain.plainCommit,
  }),
  suiteOf({
    name: 'Challenge',
    drawn: any.anyChallenge,
    encode: (m) => encodeChallenge(m, signer),
    decode: decodeChallenge,
    plain: plain.plainChallenge,
  }),
  suiteOf({
    name: 'FetchRequest',
    drawn: any.anyFetch,
    encode: (m) => encodeFetch(m, signer),
    decode: decodeFetch,
    plain: plain.plainFetch,
  }),
  suiteOf({
    name: 'SetKey',
    drawn: any.anySetKey,
    encode: (m) => encodeSetKey(m, signer),
    decode: decodeSetKey,
    plain: plain.plainSetKey,
  }),
];

/** Only these codes may come out of a decoder. */
function isRefused(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    assert.ok(
      isProvenderError(error, 'PROVENDER_INVALID') || isProvenderError(error, 'PROVENDER_UNSUPPORTED'),
      String(error),
    );
    return true;
  }
}

function* truncated(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
}

for (const { name, cases, decode, again } of [...SIGNED, CLAIM]) {
  const tail = name === 'Claim' ? 0 : 64;
  test(`${name}: the bytes are those of the spec, and read back`, () => {
    fc.assert(
      fc.property(cases, ({ bytes, plain: expected, again: second }) => {
        assert.deepEqual(Buffer.from(bytes.subarray(0, bytes.length - tail)), Buffer.from(expected));
        assert.deepEqual(second, bytes);
        if (tail > 0) assert.ok(plain.isSignedPlainly(bytes, signer));
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: cut short or with more behind it, it is refused`, () => {
    fc.assert(
      fc.property(cases, fc.uint8Array({ minLength: 1, maxLength: 40 }), ({ bytes }, more) => {
        for (const cut of truncated(bytes)) assert.ok(isRefused(cut, decode), `${cut.length} bytes`);
        assert.ok(isRefused(Buffer.concat([bytes, more]), decode));
      }),
      { numRuns: 3 },
    );
  });

  test(`${name}: a flipped byte is refused, or read as what it is, and no longer signed`, () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 255 }), ({ bytes }, change) => {
        for (let at = 0; at < bytes.length; at++) {
          const flipped = bytes.slice();
          flipped[at] = (flipped[at] ?? 0) ^ change;
          if (!isRefused(flipped, decode)) {
            const unsigned = again(flipped).subarray(0, bytes.length - tail);
            assert.deepEqual(unsigned, flipped.subarray(0, bytes.length - tail), `byte ${at}`);
          }
          if (tail > 0) assert.ok(!isSigned(flipped, signer.publicKey), `byte ${at}`);
        }
      }),
      { numRuns: 2 },
    );
  });

  test(`${name}: any bytes behind its header are an answer, never another error`, () => {
    fc.assert(
      fc.property(cases, fc.uint8Array({ maxLength: 600 }), ({ bytes }, noise) => {
        isRefused(Buffer.concat([bytes.subarray(0, 36), noise]), decode);
        isRefused(noise, decode);
      }),
      { numRuns: 200 },
    );
  });
}

test('a claim has 189 bytes, a commitment 144 and 32 for each pass, and a claim is named by its tagged hash', () => {
  assert.equal(CLAIM_SIZE, 189);
  assert.deepEqual([0, 1, 2].map(commitSize), [144, 176, 208]);
  fc.assert(
    fc.property(CLAIM.cases, ({ bytes }) => {
      assert.equal(bytes.length, CLAIM_SIZE);
      assert.deepEqual(Buffer.from(claimHash(bytes)), plain.taggedHash('claim', bytes));
    }),
    { numRuns: 10 },
  );
});

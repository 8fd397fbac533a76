import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseEvmAddress } from '../../src/payments/address.ts';
import { keccak256 } from '../../src/payments/keccak.ts';
import { recoverSigner, signMessage } from '../../src/payments/signatures.ts';
import {
  channelStateMessage,
  digestOf,
  listInProgressMessage,
  listUnclaimedMessage,
  paymentMessage,
  startClaimMessage,
  startClaimsMessage,
} from '../../src/payments/signed-messages.ts';
import { addressByOpenssl, anAddress, filled, fromHex, hex } from '../support/payment-fixtures.ts';

interface SignedVector {
  readonly id: string;
  readonly mpe_address: string;
  readonly channel_id: string;
  readonly nonce: string;
  readonly message: string;
  readonly message_length: number;
  readonly keccak256: string;
  readonly digest: string;
  readonly signature: string;
  readonly expect: { readonly recovered: string };
  readonly signed_with?: 'A' | 'B';
}

interface Vectors {
  readonly keys: Readonly<Record<'A' | 'B', { readonly private_key: string; readonly address: string }>>;
  readonly claims: readonly (SignedVector & { readonly amount: string })[];
  readonly messages: readonly (SignedVector & { readonly block: string })[];
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/payment-signatures.json', import.meta.url), 'utf8'),
);

function checkVector(vector: SignedVector, message: Uint8Array): void {
  assert.equal(hex(message), vector.message.slice(2));
  assert.equal(message.length, vector.message_length);
  assert.equal(hex(keccak256(message)), vector.keccak256.slice(2));
  assert.equal(hex(digestOf(message)), vector.digest.slice(2));
  const signature = fromHex(vector.signature);
  assert.equal(recoverSigner(message, signature), vector.expect.recovered.toLowerCase());
  if (vector.signed_with === undefined) return;
  // go-ethereum writes v from 0, the contract wants it from 27; both mean the same point
  const own = signMessage(message, fromHex(vectors.keys[vector.signed_with].private_key));
  assert.equal(hex(own.subarray(0, 64)), hex(signature.subarray(0, 64)));
  assert.equal(own[64], 27 + ((signature[64] ?? 0) % 27));
  assert.equal(recoverSigner(message, own), vector.expect.recovered.toLowerCase());
}

for (const claim of vectors.claims)
  test(`the payment message of vector ${claim.id} has its bytes, digest and signer`, () => {
    const payment = {
      channelId: BigInt(claim.channel_id),
      nonce: BigInt(claim.nonce),
      amount: BigInt(claim.amount),
    };
    checkVector(claim, paymentMessage(parseEvmAddress(claim.mpe_address), payment));
  });

for (const vector of vectors.messages)
  test(`the message of vector ${vector.id} has its bytes, digest and signer`, () => {
    const mpe = parseEvmAddress(vector.mpe_address);
    const id = BigInt(vector.channel_id);
    const message =
      vector.id === 'start_claim'
        ? startClaimMessage(mpe, id, BigInt(vector.nonce))
        : channelStateMessage(mpe, id, BigInt(vector.block));
    checkVector(vector, message);
  });

test('the keys of the vectors have the addresses that OpenSSL gives them', () => {
  for (const { private_key, address } of Object.values(vectors.keys)) {
    assert.equal(addressByOpenssl(fromHex(private_key)), address.toLowerCase());
    assert.equal(parseEvmAddress(address), address.toLowerCase());
  }
});

test('messages that no vector has are the parts that the specification lists', () => {
  const mpe = anAddress(0xab);
  const number = (value: bigint): string => value.toString(16).padStart(64, '0');
  const expected = (prefix: string, ...numbers: bigint[]): string =>
    Buffer.from(prefix, 'latin1').toString('hex') + 'ab'.repeat(20) + numbers.map(number).join('');
  const made = [
    [listUnclaimedMessage(mpe, 53n), expected('__list_unclaimed', 53n), 68],
    [listInProgressMessage(mpe, 53n), expected('__list_in_progress', 53n), 70],
    [
      startClaimsMessage(mpe, [1n, 2n, 2n ** 255n], 53n),
      expected('__StartClaimForMultipleChannels_', 1n, 2n, 2n ** 255n, 53n),
      84 + 3 * 32,
    ],
    [startClaimsMessage(mpe, [], 53n), expected('__StartClaimForMultipleChannels_', 53n), 84],
  ] as const;
  for (const [message, bytes, length] of made) {
    assert.equal(hex(message), bytes);
    assert.equal(message.length, length);
  }
});

test('a message for several channels has their ids in ascending order, each once', () => {
  const mpe = anAddress(1);
  assert.throws(() => startClaimsMessage(mpe, [2n, 1n], 5n), { code: 'PROVENDER_INVALID' });
  assert.throws(() => startClaimsMessage(mpe, [2n, 2n], 5n), { code: 'PROVENDER_INVALID' });
});

test('what starts a claim or asks for a list holds for one nonce, one block and one contract', () => {
  const key = filled(32, 7);
  const signer = addressByOpenssl(key);
  const mpe = anAddress(1);
  const signedFor = [
    [startClaimMessage(mpe, 42n, 3n), startClaimMessage(mpe, 42n, 4n)],
    [startClaimMessage(mpe, 42n, 3n), startClaimMessage(anAddress(2), 42n, 3n)],
    [listUnclaimedMessage(mpe, 10n), listUnclaimedMessage(mpe, 11n)],
    [listInProgressMessage(mpe, 10n), listUnclaimedMessage(mpe, 10n)],
    [startClaimsMessage(mpe, [1n, 2n], 10n), startClaimsMessage(mpe, [1n, 2n], 11n)],
    [channelStateMessage(mpe, 1n, 10n), channelStateMessage(mpe, 1n, 11n)],
  ] as const;
  for (const [message, other] of signedFor) {
    const signature = signMessage(message, key);
    assert.equal(recoverSigner(message, signature), signer);
    assert.notEqual(recoverSigner(other, signature), signer);
  }
});

test('Keccak-256 is that of Ethereum, not SHA-3', () => {
  // the hash of nothing, which go-ethereum has as its empty code hash
  assert.equal(
    hex(keccak256(new Uint8Array())),
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_OBJECT_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import type { ErrorCode } from '../../src/content/error-codes.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { decodeAnnounce, encodeAnnounce } from '../../src/placement/messages/announce.ts';
import { type Assign, decodeAssign, encodeAssign } from '../../src/placement/messages/assign.ts';
import { decodeChallenge, encodeChallenge } from '../../src/placement/messages/challenge-message.ts';
import { type Claim, decodeClaim, encodeClaim } from '../../src/placement/messages/claim.ts';
import { type Commit, decodeCommit, encodeCommit } from '../../src/placement/messages/commit.ts';
import { decodeFetch, encodeFetch } from '../../src/placement/messages/fetch.ts';
import { decodeSetKey, encodeSetKey, type SetKey } from '../../src/placement/messages/set-key.ts';
import { signerOf } from '../support/message-signer.ts';
import { bytesOf, makePlacement } from '../support/placement-fixtures.ts';

const signer = signerOf(bytesOf('signer'));
const head = { profile: 1, networkId: bytesOf('network') };
const facts = { kind: OBJECT_KIND.file, sizeBytes: 5000, count: 1, dataRoot: bytesOf('data root') };
const id = objectId(facts);
const { kind, sizeBytes, count } = facts;
const primaryKey = signer.publicKey;
const announce = {
  ...head,
  id,
  kind,
  sizeBytes,
  count,
  replicas: 8,
  owner: new Uint8Array(20),
  nonce: 7n,
  primaryKey,
};
const claim: Claim = { ...head, id, round: 3n, attempt: 0, storerKey: primaryKey, proof: new Uint8Array(80) };
const assign: Assign = {
  ...head,
  claimHash: bytesOf('claim'),
  place: 0,
  deadlineMs: 9000,
  sources: ['[::1]:7411'],
  primaryKey,
};
const commit: Commit = {
  ...head,
  claimHash: bytesOf('claim'),
  replicaIndex: 0,
  sizeBytes,
  layerRoots: [bytesOf('root')],
};
const challenge = { ...head, commR: bytesOf('commR'), nonce: bytesOf('nonce'), k: 132, primaryKey };
const fetchRequest = { ...head, claimHash: bytesOf('claim'), offset: 0, storerKey: primaryKey };
const setKey: SetKey = makePlacement().fields;

function refuses(call: () => unknown, code: ErrorCode = 'PROVENDER_INVALID'): void {
  assert.throws(call, (error) => isProvenderError(error, code), String(call));
}

/** A copy with other bytes at an offset. */
function patched(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

test('no field outside its limits is written', () => {
  for (const replicas of [0, 17, 1.5, Number.NaN])
    refuses(() => encodeAnnounce({ ...announce, replicas }, signer));
  for (const attempt of [-1, 4]) refuses(() => encodeClaim({ ...claim, attempt }));
  for (const round of [-1n, 2n ** 64n]) refuses(() => encodeClaim({ ...claim, round }));
  for (const proof of [79, 81]) refuses(() => encodeClaim({ ...claim, proof: new Uint8Array(proof) }));
  refuses(() => encodeAnnounce({ ...announce, owner: new Uint8Array(21) }, signer));
  refuses(() => encodeAnnounce({ ...announce, networkId: new Uint8Array(31) }, signer));
  refuses(() => encodeAnnounce({ ...announce, sizeBytes: MAX_OBJECT_SIZE + 1 }, signer));
  refuses(() => encodeAnnounce({ ...announce, kind: OBJECT_KIND.chunk }, signer));
  const nine = Array.from({ length: 9 }, () => 'a:1');
  for (const sources of [[], nine, [''], ['a'.repeat(256)], ['ä:1'], ['a b:1'], ['a\n:1']])
    refuses(() => encodeAssign({ ...assign, sources }, signer));
  for (const place of [-1, 256]) refuses(() => encodeAssign({ ...assign, place }, signer));
  for (const deadlineMs of [-1, 2 ** 32, 0.5]) refuses(() => encodeAssign({ ...assign, deadlineMs }, signer));
  for (const layerRoots of [[], [bytesOf('a'), bytesOf('b')], [new Uint8Array(31)]])
    refuses(() => encodeCommit({ ...commit, layerRoots }, signer));
  for (const size of [-1, 0.5, MAX_OBJECT_SIZE + 1]) {
    refuses(() => encodeCommit({ ...commit, sizeBytes: size }, signer));
    refuses(() => encodeFetch({ ...fetchRequest, offset: size }, signer));
  }
  refuses(() => encodeChallenge({ ...challenge, k: 133 }, signer));
});

test('no SetKey outside its limits is written', () => {
  refuses(() => encodeSetKey({ ...setKey, name: 'x'.repeat(65_536) }, signer));
  refuses(() => encodeSetKey({ ...setKey, name: 'half a pair \ud800' }, signer));
  refuses(() => encodeSetKey({ ...setKey, replicas: 2 }, signer));
  refuses(() => encodeSetKey({ ...setKey, commitments: [], replicas: 0 }, signer));
  refuses(() => encodeSetKey({ ...setKey, attempt: 4 }, signer));
  refuses(() => encodeSetKey({ ...setKey, sizeBytes: setKey.sizeBytes + 1 }, signer));
  refuses(() => encodeSetKey({ ...setKey, profile: 2 }, signer));
  const collection = { kind: OBJECT_KIND.collection, sizeBytes: 8192, count: 1, dataRoot: setKey.dataRoot };
  const ofCollection = { ...setKey, ...collection, id: objectId(collection) };
  refuses(() => encodeSetKey(ofCollection, signer));
  assert.equal(decodeSetKey(encodeSetKey({ ...ofCollection, name: '' }, signer)).name, '');
});

test('the longest name and the byte order mark are kept as they are', () => {
  for (const name of ['x'.repeat(65_535), '\ufeffowner/ключ/🔑', ''])
    assert.equal(decodeSetKey(encodeSetKey({ ...setKey, name }, signer)).name, name);
});

test('no field outside its limits is read', () => {
  const announced = encodeAnnounce(announce, signer);
  for (const replicas of [0, 17]) refuses(() => decodeAnnounce(patched(announced, 36 + 45, [replicas])));
  for (const wrong of [0, 4]) refuses(() => decodeAnnounce(patched(announced, 36 + 32, [wrong])));
  refuses(() => decodeAnnounce(patched(announced, 36 + 33, [0xff])));
  refuses(() => decodeAnnounce(patched(announced, 36 + 41, [0, 0, 0, 2])));
  refuses(() => decodeClaim(patched(encodeClaim(claim), 36 + 40, [4])));
  const assigned = encodeAssign(assign, signer);
  for (const sources of [0, 9, 255]) refuses(() => decodeAssign(patched(assigned, 36 + 37, [sources])));
  for (const length of [0, 255]) refuses(() => decodeAssign(patched(assigned, 36 + 38, [length])));
  for (const letter of [0x20, 0x7f, 0xff, 0])
    refuses(() => decodeAssign(patched(assigned, 36 + 39, [letter])));
  refuses(() => decodeCommit(patched(encodeCommit(commit, signer), 36 + 36, [0xff])));
  refuses(() => decodeChallenge(patched(encodeChallenge(challenge, signer), 36 + 64, [0, 0, 0, 133])));
  refuses(() => decodeFetch(patched(encodeFetch(fetchRequest, signer), 36 + 32, [1])));
});

test('no SetKey outside its limits is read', () => {
  const bytes = encodeSetKey(setKey, signer);
  const nameAt = 36 + 45 + 32 + 8 + 1;
  refuses(() => decodeSetKey(patched(bytes, nameAt - 1, [4])));
  refuses(() => decodeSetKey(patched(bytes, nameAt, [0xff, 0xff])));
  refuses(() => decodeSetKey(patched(bytes, nameAt + 2, [0xff])));
  for (const replicas of [0, 2, 4, 17, 255])
    refuses(() => decodeSetKey(patched(bytes, nameAt + 2 + setKey.name.length, [replicas])));
  refuses(() => decodeSetKey(patched(bytes, 36, [(bytes[36] ?? 0) ^ 1])));
});

test('another version or profile is unsupported, another type invalid', () => {
  const messages: readonly (readonly [Uint8Array, (bytes: Uint8Array) => unknown])[] = [
    [encodeAnnounce(announce, signer), decodeAnnounce],
    [encodeClaim(claim), decodeClaim],
    [encodeAssign(assign, signer), decodeAssign],
    [encodeCommit(commit, signer), decodeCommit],
    [encodeChallenge(challenge, signer), decodeChallenge],
    [encodeFetch(fetchRequest, signer), decodeFetch],
    [encodeSetKey(setKey, signer), decodeSetKey],
  ];
  for (const [bytes, decode] of messages) {
    refuses(() => decode(patched(bytes, 0, [2])), 'PROVENDER_UNSUPPORTED');
    refuses(() => decode(patched(bytes, 2, [0, 3])), 'PROVENDER_UNSUPPORTED');
    refuses(() => decode(patched(bytes, 1, [14])));
  }
  refuses(() => encodeClaim({ ...claim, profile: 3 }), 'PROVENDER_UNSUPPORTED');
});

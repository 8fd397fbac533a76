import fc from 'fast-check';
import { BLOCK_SIZE, collectionSize, MAX_CHUNKS, MAX_OBJECT_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, type ObjectFacts, objectId, parseObjectId } from '../../src/content/object-id.ts';
import type { Announce } from '../../src/placement/messages/announce.ts';
import type { Assign } from '../../src/placement/messages/assign.ts';
import type { ChallengeMessage } from '../../src/placement/messages/challenge-message.ts';
import type { Claim } from '../../src/placement/messages/claim.ts';
import type { Commit } from '../../src/placement/messages/commit.ts';
import type { FetchRequest } from '../../src/placement/messages/fetch.ts';
import type { SetKey } from '../../src/placement/messages/set-key.ts';
import { signerOf } from '../support/message-signer.ts';
import { bytesOf } from '../support/placement-fixtures.ts';

/** Who signs all messages of these tests. */
export const signer = signerOf(bytesOf('signer'));

const key = signer.publicKey;
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const hash = bytes(32);
const id = hash.map(parseObjectId);
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
/** A record that is a plain object, as the decoders give them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}
const head = { profile: fc.nat(2), networkId: hash };
const attempt = fc.nat(3);

/** Objects of all kinds, with sizes at the limits too. */
const anyFacts: fc.Arbitrary<ObjectFacts> = fc.oneof(
  record({
    kind: fc.constant(OBJECT_KIND.chunk),
    sizeBytes: fc.nat(BLOCK_SIZE),
    count: fc.constant(1),
    dataRoot: hash,
  }),
  record({
    kind: fc.constant(OBJECT_KIND.file),
    sizeBytes: fc.maxSafeNat().map((n) => n % (MAX_OBJECT_SIZE + 1)),
    count: fc.constant(1),
    dataRoot: hash,
  }),
  fc
    .record({ count: fc.integer({ min: 1, max: MAX_CHUNKS }), dataRoot: hash })
    .map((drawn) => ({ ...drawn, kind: OBJECT_KIND.collection, sizeBytes: collectionSize(drawn.count) })),
);

export const anyAnnounce: fc.Arbitrary<Announce> = record({
  ...head,
  facts: anyFacts,
  replicas: fc.integer({ min: 1, max: 16 }),
  owner: bytes(20),
  nonce: u64,
}).map(({ facts, ...rest }) => {
  const { kind, sizeBytes, count } = facts;
  return { ...rest, id: objectId(facts), kind, sizeBytes, count, primaryKey: key };
});

export const anyClaim: fc.Arbitrary<Claim> = record({
  ...head,
  id,
  round: u64,
  attempt,
  storerKey: hash,
  proof: bytes(80),
});

export const anyAssign: fc.Arbitrary<Assign> = record({
  ...head,
  claimHash: hash,
  place: fc.nat(255),
  deadlineMs: u32,
  sources: fc.array(fc.stringMatching(/^[\x21-\x7e]{1,255}$/), { minLength: 1, maxLength: 8 }),
  primaryKey: fc.constant(key),
});

export const anyCommit: fc.Arbitrary<Commit> = fc.nat(2).chain((profile) =>
  record({
    profile: fc.constant(profile),
    networkId: hash,
    claimHash: hash,
    replicaIndex: u32,
    sizeBytes: fc.maxSafeNat().map((n) => n % (MAX_OBJECT_SIZE + 1)),
    layerRoots: fc.array(hash, { minLength: profile, maxLength: profile }),
  }),
);

export const anyChallenge: fc.Arbitrary<ChallengeMessage> = record({
  ...head,
  commR: hash,
  nonce: hash,
  k: fc.nat(132),
  primaryKey: fc.constant(key),
});

export const anyFetch: fc.Arbitrary<FetchRequest> = record({
  ...head,
  claimHash: hash,
  offset: fc.maxSafeNat().map((n) => n % (MAX_OBJECT_SIZE + 1)),
  storerKey: fc.constant(key),
});

export const anySetKey: fc.Arbitrary<SetKey> = record({
  profile: fc.nat(2),
  replicas: fc.integer({ min: 1, max: 16 }),
})
  .chain(({ profile, replicas }) => {
    const commitment = record({ claim: bytes(189), commit: bytes(144 + 32 * profile) });
    return record({
      profile: fc.constant(profile),
      networkId: hash,
      facts: anyFacts,
      announced: u64,
      attempt,
      name: fc.string({ unit: 'grapheme', maxLength: 40 }),
      replicas: fc.constant(replicas),
      commitments: fc.array(commitment, { minLength: replicas, maxLength: replicas }),
    });
  })
  .map(({ facts, name, ...rest }) => {
    const named = facts.kind === OBJECT_KIND.collection ? '' : name;
    return { ...rest, ...facts, id: objectId(facts), name: named, primaryKey: key };
  });

import { createHash, verify } from 'node:crypto';
import type { Announce } from '../../src/placement/messages/announce.ts';
import type { Assign } from '../../src/placement/messages/assign.ts';
import type { ChallengeMessage } from '../../src/placement/messages/challenge-message.ts';
import type { Claim } from '../../src/placement/messages/claim.ts';
import type { Commit } from '../../src/placement/messages/commit.ts';
import type { FetchRequest } from '../../src/placement/messages/fetch.ts';
import type { SetKey } from '../../src/placement/messages/set-key.ts';
import type { TestSigner } from '../support/message-signer.ts';

/** The layouts of the spec once more, field by field, without anything of `src`: bytes before the signature. */

function u(bits: 8 | 16 | 32, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.subarray(4 - bits / 8);
}

function u64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function header(type: number, { profile, networkId }: { profile: number; networkId: Uint8Array }): Buffer {
  return Buffer.concat([u(8, 1), u(8, type), u(16, profile), networkId]);
}

export function plainAnnounce(a: Announce): Buffer {
  const object = [a.id, u(8, a.kind), u64(a.sizeBytes), u(32, a.count)];
  return Buffer.concat([header(1, a), ...object, u(8, a.replicas), a.owner, u64(a.nonce), a.primaryKey]);
}

export function plainClaim(c: Claim): Buffer {
  return Buffer.concat([header(2, c), c.id, u64(c.round), u(8, c.attempt), c.storerKey, c.proof]);
}

export function plainAssign(a: Assign): Buffer {
  const sources = a.sources.flatMap((source) => [u(8, source.length), Buffer.from(source, 'ascii')]);
  const start = [header(3, a), a.claimHash, u(8, a.place), u(32, a.deadlineMs)];
  return Buffer.concat([...start, u(8, a.sources.length), ...sources, a.primaryKey]);
}

export function plainCommit(c: Commit): Buffer {
  const fields = [header(4, c), c.claimHash, u(32, c.replicaIndex), u64(c.sizeBytes)];
  return Buffer.concat([...fields, ...c.layerRoots]);
}

export function plainChallenge(c: ChallengeMessage): Buffer {
  return Buffer.concat([header(5, c), c.commR, c.nonce, u(32, c.k), c.primaryKey]);
}

export function plainFetch(f: FetchRequest): Buffer {
  return Buffer.concat([header(15, f), f.claimHash, u64(f.offset), f.storerKey]);
}

export function plainSetKey(s: SetKey): Buffer {
  const object = [s.id, u(8, s.kind), u64(s.sizeBytes), u(32, s.count), s.dataRoot];
  const name = Buffer.from(s.name, 'utf8');
  const place = [u64(s.announced), u(8, s.attempt), u(16, name.length), name, u(8, s.replicas)];
  const commitments = s.commitments.flatMap(({ claim, commit }) => [claim, commit]);
  return Buffer.concat([header(9, s), ...object, ...place, ...commitments, s.primaryKey]);
}

/** SHA-256 of a tag of 32 bytes and of parts. */
export function taggedHash(name: string, ...parts: readonly Uint8Array[]): Buffer {
  const tag = Buffer.alloc(32);
  tag.write(`provender/${name}/v1`);
  return createHash('sha256')
    .update(Buffer.concat([tag, ...parts]))
    .digest();
}

/** Whether the last 64 bytes are the signature of the rest, as OpenSSL sees it. */
export function isSignedPlainly(message: Uint8Array, { publicKeyObject }: TestSigner): boolean {
  const unsigned = message.subarray(0, -64);
  return verify(null, taggedHash('msg', unsigned), publicKeyObject, message.subarray(-64));
}

import { byteCount, HASH_SIZE, MAX_OBJECT_SIZE } from '../../content/geometry.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Signer } from '../../proof/commitment.ts';
import { HEADER_SIZE, MESSAGE_COMMIT } from '../../proof/message-header.ts';
import { profilePasses } from '../../proof/profile.ts';
import { MessageReader } from './message-reader.ts';
import { checkNumber, MessageWriter } from './message-writer.ts';
import { SIGNATURE_SIZE, signMessage } from './signed-message.ts';

/** "I hold the replica with these roots": signed by the storer of the claim. */
export interface Commit {
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** 32 bytes. */
  readonly claimHash: Uint8Array;
  /** 0 at first placement. */
  readonly replicaIndex: number;
  /** Of the object. */
  readonly sizeBytes: number;
  /** R_1 … R_L, 32 bytes each; empty for profile none. */
  readonly layerRoots: readonly Uint8Array[];
}

/** Bytes of a Commit. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown profile */
export function commitSize(profile: number): number {
  return HEADER_SIZE + HASH_SIZE + 4 + 8 + profilePasses(profile) * HASH_SIZE + SIGNATURE_SIZE;
}

/**
 * header(4) ‖ claimHash 32 ‖ u32 replicaIndex ‖ u64 size ‖ R_1 … R_L ‖ sig 64: 144 + 32 · L bytes.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see storer-selection.md, section 5
 */
export function encodeCommit(commit: Commit, signer: Signer): Uint8Array {
  const { profile, layerRoots } = commit;
  const passes = profilePasses(profile);
  if (layerRoots.length !== passes) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `commit: ${layerRoots.length} layer roots, profile ${profile} has ${passes}`,
    );
  }
  const size = checkNumber('object size', commit.sizeBytes, { least: 0, most: MAX_OBJECT_SIZE });
  const writer = new MessageWriter().header({ ...commit, type: MESSAGE_COMMIT });
  writer
    .bytes(commit.claimHash, HASH_SIZE, 'claim hash')
    .u32(commit.replicaIndex, 'replica index')
    .u64(BigInt(size));
  for (const root of layerRoots) writer.bytes(root, HASH_SIZE, 'layer root');
  return signMessage(writer.message(), signer);
}

/**
 * Reads a Commit and checks its form, not its signature (`isSigned` with the key of the claim does).
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeCommit(bytes: Uint8Array): Commit {
  const reader = new MessageReader(bytes, 'commit');
  const { profile, networkId } = reader.header(MESSAGE_COMMIT);
  const passes = profilePasses(profile);
  const [hash, replicaIndex] = [reader.bytes(HASH_SIZE), reader.u32()];
  const sizeBytes = byteCount(reader.u64(), 'object size');
  const layerRoots = Array.from({ length: passes }, () => reader.bytes(HASH_SIZE));
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return { profile, networkId, claimHash: hash, replicaIndex, sizeBytes, layerRoots };
}

import { BLOCK_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { checkObjectFacts, OBJECT_KIND, type ObjectId, objectId } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { SetResult } from '../../objects/object-store.ts';
import { checkOperation } from '../../objects/payment-marks.ts';
import { storedSize } from '../../objects/stored-size.ts';
import { TAG_LONE } from '../../objects/tag.ts';
import { blockRoots, encodePass } from '../../proof/kernels.ts';
import { PROFILE_NONE, profilePasses } from '../../proof/profile.ts';
import { segmentId } from '../../proof/segments.ts';
import { type EncodedReplica, headSize } from './head-signing.ts';
import type { HeldObject } from '../held-object.ts';
import { setOutcome, shareStat } from '../held-object.ts';
import { payAndPublish } from './paid-set.ts';
import type { Reservation } from '../quota.ts';
import type { SetParts } from './share-parts.ts';
import type { ChunkDeclaration, PaidSet, SetOutcome } from '../shares.ts';

/**
 * Sets one lone chunk in one atomic operation of the store. It is encoded at once: a block takes less than the way to another thread.
 * @throws ProvenderError `PROVENDER_INVALID` above 4096 bytes, `PROVENDER_UNSUPPORTED` for an unknown profile; `PROVENDER_OVER_QUOTA` unless it
 *   is held already
 */
export async function setChunk(
  parts: SetParts,
  bytes: Uint8Array,
  { profile = parts.profiles.chunks, paid }: ChunkDeclaration & { paid?: PaidSet | undefined } = {},
): Promise<SetOutcome> {
  checkOperation(paid?.operation);
  const shape = { kind: OBJECT_KIND.chunk, sizeBytes: bytes.length, count: 1 };
  checkObjectFacts(shape);
  const passes = profilePasses(profile);
  const block = new Uint8Array(BLOCK_SIZE);
  block.set(bytes);
  const facts = { ...shape, dataRoot: rootOf(block) };
  const id = objectId(facts);
  const held = paid && (await parts.heads.findChunk(id)); // what is held is not paid for
  if (held !== undefined) return setOutcome(held, true);
  const reserved = await reserveUnlessHeld(parts, id, storedSize({ ...shape, passes }, headSize(profile)));
  if ('held' in reserved) return setOutcome(reserved.held, true);
  try {
    const object = parts.signing.sign(TAG_LONE, facts, encodeBlock(parts, { id, profile, block }));
    const share = { id, tag: TAG_LONE, head: object.headBytes, block };
    const set = (): Promise<SetResult> => parts.store.setChunk(share);
    const offered = { share, room: reserved, bytes: shareStat(object).storedBytes };
    const result = await (paid === undefined ? set() : payAndPublish(parts, { ...offered, paid }, set));
    return result.held
      ? setOutcome(await parts.heads.decode(id, result.head), true)
      : setOutcome(object, false);
  } finally {
    reserved.release();
  }
}

/** What is held needs no room; it is looked up without room only, so that a chunk with room costs one store operation. */
async function reserveUnlessHeld(
  { quota, heads }: SetParts,
  id: ObjectId,
  needed: number,
): Promise<Reservation | { readonly held: HeldObject }> {
  try {
    return quota.reserve(needed);
  } catch (error) {
    const held = isProvenderError(error, 'PROVENDER_OVER_QUOTA') ? await heads.findChunk(id) : undefined;
    if (held === undefined) throw error;
    return { held };
  }
}

/** Turns a block into its replica, in place. */
function encodeBlock(
  { signing }: SetParts,
  { id, profile, block }: { id: ObjectId; profile: number; block: Uint8Array },
): EncodedReplica {
  const layerRoots: Uint8Array[] = [];
  if (profile === PROFILE_NONE) return { profile, layerRoots };
  const segment = { id: segmentId(signing.replicaId(id, { profile }), 0), bytes: block };
  for (let pass = 1; pass <= profilePasses(profile); pass++) {
    encodePass(pass, [segment]);
    layerRoots.push(rootOf(block));
  }
  return { profile, layerRoots };
}

function rootOf(block: Uint8Array): Uint8Array {
  const root = new Uint8Array(HASH_SIZE);
  blockRoots(block, root);
  return root;
}

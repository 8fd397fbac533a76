import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { checkObjectFacts, OBJECT_KIND, objectId } from '../content/object-id.ts';
import { isProvenderError } from '../content/provender-error.ts';
import { storedSize } from '../objects/stored-size.ts';
import { TAG_LONE } from '../objects/tag.ts';
import { blockRoots } from '../proof/kernels.ts';
import { setOutcome } from './held-object.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from './shares.ts';

/**
 * Sets one lone chunk in one atomic operation of the store.
 * @throws ProvenderError `PROVENDER_INVALID` above 4096 bytes; `PROVENDER_OVER_QUOTA` unless it is held already
 */
export async function setChunk(parts: SetParts, bytes: Uint8Array): Promise<SetOutcome> {
  const shape = { kind: OBJECT_KIND.chunk, sizeBytes: bytes.length, count: 1 };
  checkObjectFacts(shape);
  const block = new Uint8Array(BLOCK_SIZE);
  block.set(bytes);
  const dataRoot = new Uint8Array(HASH_SIZE);
  blockRoots(block, dataRoot);
  const facts = { ...shape, dataRoot };
  const needed = storedSize({ ...shape, passes: 0 }, parts.signing.headBytes);
  let reservation;
  try {
    reservation = parts.quota.reserve(needed);
  } catch (error) {
    // What is held needs no room; looked up here only, so that a chunk with room costs one store operation.
    const held = isProvenderError(error, 'PROVENDER_OVER_QUOTA')
      ? await parts.heads.findChunk(objectId(facts))
      : undefined;
    if (held === undefined) throw error;
    return setOutcome(held, true);
  }
  try {
    const object = parts.signing.sign(TAG_LONE, facts);
    const { held, head } = await parts.store.setChunk({ id: object.id, head: object.headBytes, block });
    return held ? setOutcome(await parts.heads.decode(object.id, head), true) : setOutcome(object, false);
  } finally {
    reservation.release();
  }
}

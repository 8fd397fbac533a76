import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { ObjectStore } from '../../objects/object-store.ts';

/**
 * Looks whether the head of a file or collection still is `seen`.
 * @returns `seen` itself when it is, or when the store cannot read what stands there; another head; `undefined` when the object is gone
 */
export async function standingHead(
  store: ObjectStore,
  id: ObjectId,
  seen: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    const now = await store.getHead(id);
    return now !== undefined && compareBytes(now, seen) === 0 ? seen : now;
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_CORRUPT')) return seen; // damaged as it stands
    throw error;
  }
}

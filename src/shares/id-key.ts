import type { ObjectId } from '../content/object-id.ts';

/** An id as a key of a `Map`: 32 characters, one for each byte. */
export function idKey(id: ObjectId): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}

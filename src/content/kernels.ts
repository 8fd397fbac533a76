import { createHash } from 'node:crypto';

/**
 * SHA-256 of the parts joined. 32 bytes, owned by the caller.
 * The only file of this room that knows Node; a browser build puts another one in its place.
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

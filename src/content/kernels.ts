import { createHash, hash } from 'node:crypto';

/**
 * SHA-256 of the parts joined. 32 bytes, owned by the caller.
 * The only file of this room that knows Node; a browser build puts another one in its place.
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  // The one-shot form spares the hash object, a third of the time of a short input.
  if (only !== undefined && parts.length === 1) return new Uint8Array(hash('sha256', only, 'buffer'));
  const joined = createHash('sha256');
  for (const part of parts) joined.update(part);
  return new Uint8Array(joined.digest());
}

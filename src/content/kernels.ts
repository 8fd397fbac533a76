import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';

/**
 * OpenSSL, where this runs in Node. Asked for at run time and not imported: a browser loads this file as it is, bundled or not, and the
 * whole room with it.
 */
const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto');

/** SHA-256 of the parts joined. 32 bytes, owned by the caller. */
export const sha256: (...parts: readonly Uint8Array[]) => Uint8Array =
  nodeCrypto === undefined ? joinedPortably : joinedByNode(nodeCrypto);

function joinedPortably(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = portableSha256.create();
  for (const part of parts) joined.update(part);
  return joined.digest();
}

function joinedByNode({ createHash, hash }: NonNullable<typeof nodeCrypto>): typeof joinedPortably {
  return (...parts) => {
    const [only] = parts;
    // The one-shot form spares the hash object, a third of the time of a short input.
    if (only !== undefined && parts.length === 1) return new Uint8Array(hash('sha256', only, 'buffer'));
    const joined = createHash('sha256');
    for (const part of parts) joined.update(part);
    return new Uint8Array(joined.digest());
  };
}

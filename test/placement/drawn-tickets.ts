import { createCipheriv, createHash } from 'node:crypto';

/** The top 32 bits of u of many nodes, object after object: AES-128-CTR under a key that SHA-256 makes of the seed, in place of the VRF. */
export function* drawnObjects(
  seed: string,
  { objects, nodes }: { readonly objects: number; readonly nodes: number },
): Generator<Uint32Array> {
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  const zeros = Buffer.alloc(nodes * 4);
  for (let object = 0; object < objects; object++) {
    const bytes = stream.update(zeros);
    yield new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }
}

/** β of which the top 32 bits of u are drawn: the rest is a hash of them, so that a ticket stays the same. */
export function outputOf(top: number, salt: number): Uint8Array {
  const rest = createHash('sha512').update(`${top} ${salt}`).digest();
  rest.writeUInt32BE(top);
  return rest;
}

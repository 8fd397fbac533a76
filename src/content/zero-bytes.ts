/** Tells whether all bytes are zero; true for none. */
export function isZero(bytes: Uint8Array): boolean {
  // a plain loop: blocks are asked about one by one, and `every` calls a function for each byte
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

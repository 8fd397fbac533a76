/** Where `v` stands in a signature, behind r and s. */
const V_AT = 64;
const V_BASE = 27;

/**
 * A signature with `v` 27 or 28 instead of any number that is equal to it mod 27, so that what is stored can be claimed as it stands, and one payment
 * in two spellings is one.
 * @see payment-channels.md, section 5
 */
export function claimable(signature: Uint8Array): Uint8Array {
  const own = signature.slice();
  const v = own[V_AT];
  if (v !== undefined) own[V_AT] = (v % V_BASE) + V_BASE;
  return own;
}

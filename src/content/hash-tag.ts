/**
 * The 32 bytes that start every hash outside the Merkle tree: `provender/<name>/v1`, filled with zeros.
 * @see proof-of-replication.md, section 2
 */
export function hashTag(name: string): Uint8Array {
  const tag = new Uint8Array(32);
  tag.set(new TextEncoder().encode(`provender/${name}/v1`));
  return tag;
}

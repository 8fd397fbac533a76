import { sha256 } from '@noble/hashes/sha2.js';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { hashTag } from '../content/hash-tag.ts';
import { OBJECT_KIND } from '../content/object-id.ts';
import type { Kernel } from './kernel.ts';
import { foldNodes, leafHashes } from './merkle.ts';
import { decodeSegment, encodeSegment } from './replica.ts';

/** Where the fields of an object id's preimage start: tag, u8 kind, u64 size, u32 count, dataRoot. */
const AT = { kind: 32, sizeLow: 37, count: 41, root: 45, end: 77 };

function blockRoots(data: Uint8Array, out: Uint8Array): void {
  for (let start = 0, at = 0; start < data.length; start += BLOCK_SIZE, at += HASH_SIZE) {
    let block = data.subarray(start, start + BLOCK_SIZE);
    if (block.length < BLOCK_SIZE) {
      const padded = new Uint8Array(BLOCK_SIZE);
      padded.set(block);
      block = padded;
    }
    out.set(foldNodes(leafHashes(block)), at);
  }
}

function chunkIds(roots: Uint8Array, lengths: Uint16Array, out: Uint8Array): void {
  const preimage = new Uint8Array(AT.end);
  const view = new DataView(preimage.buffer);
  preimage.set(hashTag('object'));
  view.setUint8(AT.kind, OBJECT_KIND.chunk);
  view.setUint32(AT.count, 1);
  lengths.forEach((length, i) => {
    view.setUint32(AT.sizeLow, length);
    preimage.set(roots.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE), AT.root);
    out.set(sha256(preimage), i * HASH_SIZE);
  });
}

function compress(bytes: number): number {
  const message = new Uint8Array(16 * BLOCK_SIZE);
  let done = 0;
  for (; done < bytes; done += message.length) sha256(message);
  return done;
}

/**
 * The kernels in plain TypeScript: the reference that every native path must equal byte for byte, and what runs
 * where the addon is not built, in a browser for instance.
 *
 * @see proof-of-replication.md, sections 2 and 3
 */
export const typescriptKernel: Kernel = {
  path: 'typescript',
  blockRoots,
  foldRoots: (nodes, out) => out.set(foldNodes(nodes)),
  chunkIds,
  encodePass: (pass, _parents, _masks, ids, segments) =>
    segments.forEach((segment, i) =>
      encodeSegment(pass, ids.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE), segment),
    ),
  decodePass: (pass, _parents, _masks, id, segment) => decodeSegment(pass, id, segment),
  sha256: (data, out) => out.set(sha256(data)),
  compress,
};

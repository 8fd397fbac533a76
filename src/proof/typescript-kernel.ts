import { sha256 } from '@noble/hashes/sha2.js';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { hashTag } from '../content/hash-tag.ts';
import { OBJECT_KIND } from '../content/object-id.ts';
import { APART_INPUTS, decodeAlone } from './apart.ts';
import type { ApartWork, Kernel, PassWork } from './kernel.ts';
import { foldNodes, leafHashes, parents } from './merkle.ts';
import { decodeSpan, encodeSpan, type PassSpan } from './replica.ts';

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

function blockNodes(block: Uint8Array, out: Uint8Array): void {
  let level = leafHashes(block);
  for (let at = 0; at < out.length; level = parents(level)) {
    out.set(level, at);
    at += level.length;
  }
}

function idAt(ids: Uint8Array, i: number): Uint8Array {
  return ids.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
}

function spanAt(spans: Uint32Array, i: number): PassSpan {
  return { first: spans[2 * i] ?? 0, end: spans[2 * i + 1] ?? 0 };
}

function encodePass(...[pass, , , ids, segments, spans]: PassWork): void {
  segments.forEach((bytes, i) => encodeSpan(pass, { id: idAt(ids, i), bytes }, spanAt(spans, i)));
}

function decodePass(...work: [...PassWork, outs?: readonly Uint8Array[]]): void {
  const [pass, , , ids, segments, spans, outs] = work;
  segments.forEach((bytes, i) => decodeSpan(pass, { id: idAt(ids, i), bytes }, spanAt(spans, i), outs?.[i]));
}

function decodeApart(...[pass, , numbers, ids, inputs, out]: ApartWork): void {
  numbers.forEach((place, i) => {
    const target = out.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE);
    const given = inputs.slice(i * APART_INPUTS, (i + 1) * APART_INPUTS);
    decodeAlone({ pass, place, id: idAt(ids, i) }, given, target);
  });
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
 * @see proof-of-replication.md, sections 2, 3 and 5
 */
export const typescriptKernel: Kernel = {
  path: 'typescript',
  blockRoots,
  foldRoots: (nodes, out) => out.set(foldNodes(nodes)),
  chunkIds,
  blockNodes,
  nodeLevel: (nodes, out) => out.set(parents(nodes)),
  encodePass,
  decodePass,
  decodeApart,
  sha256: (data, out) => out.set(sha256(data)),
  compress,
};

import { createCipheriv, createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  BLOCK_SIZE,
  blockCount,
  collectionSize,
  ENTRIES_PER_BLOCK,
  STRIPE_BLOCKS,
} from '../../src/content/geometry.ts';
import {
  compareBytes,
  OBJECT_KIND,
  type ObjectFacts,
  type ObjectId,
  objectId,
} from '../../src/content/object-id.ts';
import { encodeHead } from '../../src/objects/head.ts';
import type {
  IndexRow,
  LoneChunk,
  ObjectStore,
  SetResult,
  StageOptions,
} from '../../src/objects/object-store.ts';
import { TAG_LONE, type Tag } from '../../src/objects/tag.ts';
import { type Signer, signCommitment } from '../../src/proof/commitment.ts';

/** A file or collection as the layer above hands it to a store. */
export interface StoredObject {
  readonly id: ObjectId;
  readonly stripes: readonly Uint8Array[];
  /** Index rows by stripe; empty for a file. */
  readonly rows: readonly (readonly IndexRow[])[];
  /** Stripe roots, for two stripes or more. */
  readonly roots?: Uint8Array;
  /** Ids of the chunks of a collection, ascending. */
  readonly chunkIds: readonly ObjectId[];
  head(tag: Tag): Uint8Array;
}

/** The same bytes for the same name, which no compressor shortens. */
function bytesNamed(name: string, length: number): Uint8Array {
  const key = createHash('sha256').update(name).digest();
  const zeros = Buffer.alloc(length);
  return new Uint8Array(createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(zeros));
}

/** PKCS#8 of an Ed25519 key whose seed is 32 times 7. */
const KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});
/** Signs with OpenSSL; the signature of a message is always the same. */
const SIGNER: Signer = {
  publicKey: new Uint8Array(createPublicKey(KEY).export({ format: 'der', type: 'spki' }).subarray(-32)),
  sign: (message) => new Uint8Array(sign(null, message, KEY)),
};

function headOf(facts: ObjectFacts, tag: Tag, round = 0n): Uint8Array {
  const zeros = new Uint8Array(32);
  const context = { profile: 0, networkId: zeros, seed: zeros, round, replicaIndex: 0, layerRoots: [] };
  const statement = { ...facts, ...context, id: objectId(facts), storerKey: SIGNER.publicKey };
  return encodeHead(tag, signCommitment(statement, SIGNER));
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** Root by the plain recursion of RFC 9162 over 64-byte leaves or, from `depth` above, over nodes. */
function fold(nodes: readonly Uint8Array[]): Uint8Array {
  let level = nodes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = level.slice(i, i + 2);
      if (left !== undefined) above.push(right === undefined ? left : sha256(Uint8Array.of(1), left, right));
    }
    level = above;
  }
  return level[0] ?? new Uint8Array(32);
}

function blockRoot(block: Uint8Array): Uint8Array {
  const leaves = Array.from({ length: 64 }, (_, i) =>
    sha256(Uint8Array.of(0), block.subarray(i * 64, (i + 1) * 64)),
  );
  return fold(leaves);
}

/** Makes a lone chunk of `sizeBytes`, 4096 by default; heads of other rounds have other bytes. */
export function makeChunk(name: string, sizeBytes = BLOCK_SIZE, round = 0n): LoneChunk {
  const block = new Uint8Array(BLOCK_SIZE);
  block.set(bytesNamed(name, sizeBytes));
  const facts = { kind: OBJECT_KIND.chunk, sizeBytes, count: 1, dataRoot: blockRoot(block) };
  return { id: objectId(facts), head: headOf(facts, TAG_LONE, round), block };
}

/** Makes a file of `sizeBytes`. */
export function makeFile(name: string, sizeBytes: number): StoredObject {
  const data = new Uint8Array(blockCount(sizeBytes) * BLOCK_SIZE);
  data.set(bytesNamed(name, sizeBytes));
  return assemble({ kind: OBJECT_KIND.file, sizeBytes, count: 1 }, data, []);
}

/**
 * Makes a file of `sizeBytes` whose block roots are plain hashes: quick, and a store does not know the difference.
 */
export function makeQuickFile(name: string, sizeBytes: number): StoredObject {
  const data = new Uint8Array(blockCount(sizeBytes) * BLOCK_SIZE);
  data.set(bytesNamed(name, sizeBytes));
  return assemble({ kind: OBJECT_KIND.file, sizeBytes, count: 1 }, data, [], (block) => sha256(block));
}

/** Makes a collection of `count` chunks of different lengths. */
export function makeCollection(name: string, count: number): StoredObject {
  const chunks = Array.from({ length: count }, (_, i) => {
    const length = BLOCK_SIZE - (i % 7);
    const chunk = makeChunk(`${name} ${i}`, length);
    return { ...chunk, length };
  }).toSorted((a, b) => compareBytes(a.id, b.id));
  const data = new Uint8Array(collectionSize(count));
  const view = new DataView(data.buffer);
  const manifest = count * BLOCK_SIZE;
  chunks.forEach(({ id, block, length }, i) => {
    data.set(block, i * BLOCK_SIZE);
    const entry = manifest + Math.floor(i / ENTRIES_PER_BLOCK) * BLOCK_SIZE + (i % ENTRIES_PER_BLOCK) * 64;
    data.set(id, entry);
    view.setUint32(entry + 32, length);
  });
  const rows = chunks.map(({ id, length }, position) => ({ id, position, length }));
  return assemble({ kind: OBJECT_KIND.collection, sizeBytes: data.length, count }, data, rows);
}

function assemble(
  facts: Omit<ObjectFacts, 'dataRoot'>,
  data: Uint8Array,
  rows: readonly IndexRow[],
  rootOf = blockRoot,
): StoredObject {
  const blocks = data.length / BLOCK_SIZE;
  const roots = Array.from({ length: blocks }, (_, i) =>
    rootOf(data.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE)),
  );
  const starts = Array.from({ length: Math.ceil(blocks / STRIPE_BLOCKS) }, (_, i) => i * STRIPE_BLOCKS);
  const stripes = starts.map((start) => {
    const end = Math.min(start + STRIPE_BLOCKS, blocks);
    const parts = [data.subarray(start * BLOCK_SIZE, end * BLOCK_SIZE), ...roots.slice(start, end)];
    return Buffer.concat(
      facts.kind === OBJECT_KIND.collection ? [...parts, lengthsOf(rows, start, end)] : parts,
    );
  });
  const stripeRoots = starts.map((start) => fold(roots.slice(start, start + STRIPE_BLOCKS)));
  const all = { ...facts, dataRoot: fold(stripeRoots) };
  return {
    id: objectId(all),
    stripes,
    rows: starts.map((start) => rows.slice(start, start + STRIPE_BLOCKS)),
    ...(stripes.length > 1 ? { roots: Buffer.concat(stripeRoots) } : {}),
    chunkIds: rows.map(({ id }) => id),
    head: (tag) => headOf(all, tag),
  };
}

/** u16 length of each block's chunk, 0 for a manifest block. */
function lengthsOf(rows: readonly IndexRow[], start: number, end: number): Uint8Array {
  const lengths = Buffer.alloc((end - start) * 2);
  rows.slice(start, end).forEach(({ length }, i) => lengths.writeUInt16BE(length, i * 2));
  return lengths;
}

/** Stages all of an object. */
export async function stageObject(
  store: ObjectStore,
  object: StoredObject,
  options?: StageOptions,
): Promise<Tag> {
  const tag = await store.stage(options);
  for (const [i, bytes] of object.stripes.entries()) await store.writeStripe(tag, i, bytes, object.rows[i]);
  if (object.roots !== undefined) await store.writeRoots(tag, object.roots);
  return tag;
}

/** Stages an object and publishes it. */
export async function storeObject(
  store: ObjectStore,
  object: StoredObject,
): Promise<SetResult & { tag: Tag }> {
  const tag = await stageObject(store, object);
  return { tag, ...(await store.publish(object.id, object.head(tag))) };
}

/** An object that waits for its payment. */
export interface PaidObject {
  readonly object: StoredObject;
  readonly tag: Tag;
  readonly head: Uint8Array;
}

/** Stages an object that a payment hangs on, up to where that would be committed. */
export async function preparePaid(
  store: ObjectStore,
  object: StoredObject,
  operation: Uint8Array,
): Promise<PaidObject> {
  const tag = await stageObject(store, object, { operation });
  const head = object.head(tag);
  const { held } = await store.prepare(object.id, head);
  if (held) throw new Error('it is held already');
  return { object, tag, head };
}

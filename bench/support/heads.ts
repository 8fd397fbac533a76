import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, type ObjectId, objectId, type ObjectKind } from '../../src/content/object-id.ts';
import { encodeHead } from '../../src/objects/head.ts';
import type { LoneChunk } from '../../src/objects/object-store.ts';
import { TAG_LONE, type Tag } from '../../src/objects/tag.ts';
import { signCommitment } from '../../src/proof/commitment.ts';
import { content } from './content.ts';
import { makeSigner } from './signer.ts';

const signer = makeSigner();

/** An object whose tree nobody has hashed: its data root is any 32 bytes. Stores do not look at it. */
export interface MadeUp {
  readonly id: ObjectId;
  readonly headUnder: (tag: Tag) => Uint8Array;
}

function madeUp(kind: ObjectKind, sizeBytes: number, seed: number): MadeUp {
  const facts = { kind, sizeBytes, count: 1, dataRoot: content(seed, HASH_SIZE) };
  const id = objectId(facts);
  const zeros = new Uint8Array(HASH_SIZE);
  const statement = {
    ...facts,
    id,
    profile: 0,
    networkId: zeros,
    storerKey: signer.publicKey,
    seed: zeros,
    round: 0n,
    replicaIndex: 0,
    layerRoots: [],
  };
  return { id, headUnder: (tag) => encodeHead(tag, signCommitment(statement, signer)) };
}

/** A file; another seed is another one. */
export function madeUpFile(sizeBytes: number, seed: number): MadeUp {
  return madeUp(OBJECT_KIND.file, sizeBytes, seed);
}

/** A lone chunk; another seed is another one. */
export function madeUpChunk(seed: number): LoneChunk {
  const { id, headUnder } = madeUp(OBJECT_KIND.chunk, BLOCK_SIZE, seed);
  return { id, head: headUnder(TAG_LONE), block: content(seed, BLOCK_SIZE) };
}

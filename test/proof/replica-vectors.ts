import { readFileSync } from 'node:fs';
import { parseObjectId, parseObjectKind } from '../../src/content/object-id.ts';
import type { Statement } from '../../src/proof/commitment.ts';
import { chunkIds } from '../../src/proof/kernels.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { sha256 } from './reference-tree.ts';

/** A proof of a vector, by length and hash. */
interface ProofVector {
  readonly mode: number;
  readonly form: number;
  readonly k: number;
  readonly beaconUsed: 'zero' | 'beacon';
  readonly bytes: number;
  readonly sha256: string;
}

/** One object and its replica. */
export interface ReplicaVector {
  readonly kind: number;
  readonly label: string;
  readonly size: number;
  readonly count: number;
  readonly profile: number;
  readonly round: number;
  readonly replicaIndex: number;
  readonly nBlocks: number;
  readonly chunkLengths?: readonly number[];
  readonly firstChunkId?: string;
  readonly lastChunkId?: string;
  readonly contentSha256: string;
  readonly dataRoot: string;
  readonly objectId: string;
  readonly replicaId: string;
  readonly segmentIds: readonly string[];
  readonly R: readonly string[];
  readonly commR: string;
  readonly replicaFirst64: string;
  readonly replicaLast64: string;
  readonly replicaSha256: string;
  readonly challenge: {
    readonly mode: number;
    readonly k: number;
    readonly chalSeed: string;
    readonly leaves: readonly number[];
  };
  readonly proofs: readonly ProofVector[];
}

interface Vectors {
  readonly networkId: string;
  readonly storerPK: string;
  readonly seed: string;
  readonly beacon: string;
  readonly graph: readonly { pass: number; blocks: number; digest: string }[];
  readonly vectors: readonly ReplicaVector[];
}

const file = new URL('../vectors/replica-kat.json', import.meta.url);

/** The known answers of proof-of-replication.md, made by another implementation. */
export const known: Vectors = JSON.parse(readFileSync(file, 'utf8'));

/** The generator that the file describes. */
export function content(label: string, size: number): Uint8Array {
  const words = Array.from({ length: Math.ceil(size / 32) }, (_, n) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(n);
    return sha256(Buffer.from(label), number);
  });
  return Buffer.concat(words).subarray(0, size);
}

/** Data root by the tree builder. */
export function rootOf(bytes: Uint8Array): Uint8Array {
  return new TreeBuilder().update(bytes).finish().dataRoot;
}

/** Chunks, each padded, in the order of their ids; then the manifest. Made by hand from section 3. */
function collection(
  label: string,
  chunkLengths: readonly number[],
): { bytes: Uint8Array; ids: Uint8Array[] } {
  const chunks = chunkLengths.map((length, i) => {
    const bytes = content(`${label}/${i}`, length);
    const id = new Uint8Array(32);
    chunkIds(rootOf(bytes), Uint16Array.of(length), id);
    return { bytes, id };
  });
  chunks.sort((a, b) => Buffer.compare(a.id, b.id));
  const all = Buffer.alloc(4096 * (chunks.length + 1));
  chunks.forEach(({ bytes, id }, i) => {
    const entry = 4096 * chunks.length + 64 * i;
    all.set(bytes, 4096 * i);
    all.set(id, entry);
    all.writeUInt32BE(bytes.length, entry + 32);
  });
  return { bytes: all, ids: chunks.map(({ id }) => id) };
}

/** Content of a vector, and the ids of its chunks where it has some. */
export function contentOf(vector: ReplicaVector): { bytes: Uint8Array; ids: readonly Uint8Array[] } {
  const { label, size, chunkLengths } = vector;
  return chunkLengths === undefined
    ? { bytes: content(label, size), ids: [] }
    : collection(label, chunkLengths);
}

/** Layer 0: content filled with zeros to whole blocks. */
export function layerZero(vector: ReplicaVector): Uint8Array {
  const layer = new Uint8Array(4096 * vector.nBlocks);
  layer.set(contentOf(vector).bytes);
  return layer;
}

/** What the storer of a vector says of it. */
export function statementOf(vector: ReplicaVector): Statement {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
  return {
    profile: vector.profile,
    networkId: bytes(known.networkId),
    id: parseObjectId(vector.objectId),
    kind: parseObjectKind(vector.kind),
    sizeBytes: vector.size,
    count: vector.count,
    dataRoot: bytes(vector.dataRoot),
    storerKey: bytes(known.storerPK),
    seed: bytes(known.seed),
    round: BigInt(vector.round),
    replicaIndex: vector.replicaIndex,
    layerRoots: vector.R.map(bytes),
  };
}

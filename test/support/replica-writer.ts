import { OBJECT_KIND, type ObjectId, type ObjectKind } from '../../src/content/object-id.ts';
import { encodeHead } from '../../src/objects/head.ts';
import type { IndexRow, ObjectStore } from '../../src/objects/object-store.ts';
import { TAG_LONE, type Tag } from '../../src/objects/tag.ts';
import { replicaId, signCommitment, type Signer, type Statement } from '../../src/proof/commitment.ts';
import { blockRoots, encodePass, foldRoots } from '../../src/proof/kernels.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { segmentId } from '../../src/proof/segments.ts';
import { type Chunk, referenceId } from './share-content.ts';

const BLOCK = 4096;
const STRIPE_BLOCKS = 1024;
const SEGMENT_BLOCKS = 32_768;
/** Up to this many blocks the plain reference encodes; above that it would take seconds. */
const REFERENCE_BLOCKS = 40;

/** Where shares are written to, by whom. */
export interface ReplicaWriter {
  readonly store: ObjectStore;
  readonly signer: Signer;
  readonly profile: number;
}

/** A share that was written. */
export interface WrittenShare {
  readonly id: ObjectId;
  readonly statement: Statement;
  /** Layers 0 to L. */
  readonly layers: readonly Uint8Array[];
  readonly tag: Tag;
}

/** An object before it is encoded. */
interface Content {
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  readonly count: number;
  /** Whole blocks. */
  readonly layer0: Uint8Array;
  /** Of the chunks of a collection. */
  readonly rows?: readonly IndexRow[];
}

/** Writes a lone chunk as a share in a profile: an independent writer for tests of readers, written from the layout. */
export async function writeChunk(
  writer: ReplicaWriter,
  bytes: Uint8Array,
  sizeBytes = bytes.length,
): Promise<WrittenShare> {
  const content = { kind: OBJECT_KIND.chunk, sizeBytes, count: 1, layer0: padded(bytes) };
  const { statement, layers } = encoded(writer, content);
  const head = encodeHead(TAG_LONE, signCommitment(statement, writer.signer));
  await writer.store.setChunk({ id: statement.id, head, block: layers.at(-1) ?? new Uint8Array() });
  return { id: statement.id, statement, layers, tag: TAG_LONE };
}

/** Writes a file as a share in a profile. @param sizeBytes - a lie leaves the rest of the last block as filling */
export function writeFile(
  writer: ReplicaWriter,
  content: Uint8Array,
  sizeBytes = content.length,
): Promise<WrittenShare> {
  return writeStriped(writer, { kind: OBJECT_KIND.file, sizeBytes, count: 1, layer0: padded(content) });
}

/** Writes a collection as a share in a profile. @param chunks - in ascending order of ids */
export function writeCollection(writer: ReplicaWriter, chunks: readonly Chunk[]): Promise<WrittenShare> {
  const count = chunks.length;
  const layer0 = new Uint8Array(BLOCK * (count + Math.ceil(count / 64)));
  const view = new DataView(layer0.buffer);
  for (const [i, { id, bytes }] of chunks.entries()) {
    layer0.set(bytes, BLOCK * i);
    layer0.set(id, BLOCK * count + 64 * i);
    view.setUint32(BLOCK * count + 64 * i + 32, bytes.length);
  }
  const rows = chunks.map(({ id, bytes }, position) => ({ id, position, length: bytes.length }));
  return writeStriped(writer, {
    kind: OBJECT_KIND.collection,
    sizeBytes: layer0.length,
    count,
    layer0,
    rows,
  });
}

async function writeStriped(writer: ReplicaWriter, content: Content): Promise<WrittenShare> {
  const { store, signer } = writer;
  const { statement, layers, columns } = encoded(writer, content);
  const tag = await store.stage();
  const stripes = Math.ceil(content.layer0.length / BLOCK / STRIPE_BLOCKS);
  for (let stripe = 0; stripe < stripes; stripe++) {
    const rows = content.rows?.filter(({ position }) => Math.floor(position / STRIPE_BLOCKS) === stripe);
    const bytes = stripeBytes({ layers, columns, rows, isCollection: content.rows !== undefined }, stripe);
    await store.writeStripe(tag, stripe, bytes, rows);
  }
  if (stripes > 1) {
    const roots = columns.flatMap((column) => cut(column, STRIPE_BLOCKS * 32).map(foldRoots));
    await store.writeRoots(tag, Buffer.concat(roots));
  }
  await store.publish(statement.id, encodeHead(tag, signCommitment(statement, signer)));
  return { id: statement.id, statement, layers, tag };
}

/** m x 4096 replica bytes ‖ m x 32 block roots of each layer ‖ kind 3: m x u16 lengths. @see object-layout.md, section 3 */
function stripeBytes(
  share: {
    layers: readonly Uint8Array[];
    columns: readonly Uint8Array[];
    rows: readonly IndexRow[] | undefined;
    isCollection: boolean;
  },
  stripe: number,
): Uint8Array {
  const { layers, columns, rows, isCollection } = share;
  const first = stripe * STRIPE_BLOCKS;
  const data = layers.at(-1)?.subarray(first * BLOCK, (first + STRIPE_BLOCKS) * BLOCK) ?? new Uint8Array();
  const parts = [data, ...columns.map((column) => column.subarray(first * 32, (first + STRIPE_BLOCKS) * 32))];
  const lengths = Buffer.alloc(isCollection ? (2 * data.length) / BLOCK : 0);
  for (const { position, length } of rows ?? []) lengths.writeUInt16BE(length, 2 * (position - first));
  return Buffer.concat([...parts, lengths]);
}

function encoded(
  { profile, signer }: ReplicaWriter,
  { kind, sizeBytes, count, layer0 }: Content,
): { statement: Statement; layers: readonly Uint8Array[]; columns: readonly Uint8Array[] } {
  const column0 = columnOf(layer0);
  const dataRoot = foldRoots(column0);
  const unplaced = {
    profile,
    kind,
    sizeBytes,
    count,
    dataRoot,
    id: referenceId(kind, sizeBytes, count, dataRoot),
    networkId: new Uint8Array(32),
    storerKey: signer.publicKey,
    seed: new Uint8Array(32),
    round: 0n,
    replicaIndex: 0,
    layerRoots: [],
  };
  const layers = encodedLayers(layer0, replicaId(unplaced), profile);
  const columns = [column0, ...layers.slice(1).map(columnOf)];
  return { statement: { ...unplaced, layerRoots: columns.slice(1).map(foldRoots) }, layers, columns };
}

/** Profile l has l passes. */
function encodedLayers(layer0: Uint8Array, id: Uint8Array, passes: number): readonly Uint8Array[] {
  if (layer0.length <= REFERENCE_BLOCKS * BLOCK) return encodeReplica(layer0, { replicaId: id, passes });
  const layers = [layer0];
  for (let pass = 1; pass <= passes; pass++) {
    const layer = layers.at(-1)?.slice() ?? layer0;
    const segments = cut(layer, SEGMENT_BLOCKS * BLOCK);
    encodePass(
      pass,
      segments.map((bytes, number) => ({ id: segmentId(id, number), bytes })),
    );
    layers.push(layer);
  }
  return layers;
}

function columnOf(layer: Uint8Array): Uint8Array {
  const column = new Uint8Array((layer.length / BLOCK) * 32);
  blockRoots(layer, column);
  return column;
}

function padded(content: Uint8Array): Uint8Array {
  const layer0 = new Uint8Array(BLOCK * Math.max(1, Math.ceil(content.length / BLOCK)));
  layer0.set(content);
  return layer0;
}

/** Views of `size` bytes, fewer in the last. */
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

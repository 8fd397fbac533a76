import { BLOCK_SIZE, blockCount } from '../../src/content/geometry.ts';
import { compareBytes, type ObjectId, objectId, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { NodeCallOptions, ReplicaKeeper } from '../../src/placement/ports.ts';
import type { Challenge } from '../../src/proof/challenge.ts';
import { replicaId, type Statement } from '../../src/proof/commitment.ts';
import { blockRoots, encodePass, foldRoots } from '../../src/proof/kernels.ts';
import { profilePasses } from '../../src/proof/profile.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { segmentId } from '../../src/proof/segments.ts';

interface KeptReplica {
  readonly statement: Statement;
  /** Layers 0 to L. */
  readonly layers: readonly Uint8Array[];
}

/** Keeps replicas in memory, and encodes and proves for real; for objects of one segment. */
export class MemoryKeeper implements ReplicaKeeper {
  readonly replicas = new Map<string, KeptReplica>();
  readonly #node: { readonly networkId: Uint8Array; readonly storerKey: Uint8Array };
  /** Bytes for replicas. */
  limitBytes: number;
  /** What runs takes room too. */
  #running = 0;
  /** Called before a replica is published; throws to make that fail. */
  beforePublish: () => Promise<void> | void = () => undefined;

  constructor(
    node: { readonly networkId: Uint8Array; readonly storerKey: Uint8Array },
    limitBytes = 2 ** 30,
  ) {
    this.#node = node;
    this.limitBytes = limitBytes;
  }

  /** Bytes of what is kept. */
  get keptBytes(): number {
    return [...this.replicas.values()].reduce((sum, { statement }) => sum + this.storedBytes(statement), 0);
  }

  freeBytes(): number {
    return this.limitBytes - this.keptBytes - this.#running;
  }

  storedBytes({ sizeBytes }: { readonly sizeBytes: number }): number {
    return blockCount(sizeBytes) * BLOCK_SIZE;
  }

  holds(id: ObjectId): Promise<boolean> {
    return Promise.resolve(this.replicas.has(objectIdHex(id)));
  }

  async keep(
    ...[object, source, options]: Parameters<ReplicaKeeper['keep']>
  ): Promise<{ readonly dataRoot: Uint8Array; readonly layerRoots: readonly Uint8Array[] }> {
    const { id, kind, sizeBytes, count, profile, placed } = object;
    const bytes = this.storedBytes(object);
    if (bytes > this.freeBytes())
      throw new ProvenderError('PROVENDER_OVER_QUOTA', `${bytes} bytes do not fit`);
    this.#running += bytes;
    try {
      const layer0 = await collect(source, sizeBytes);
      const facts = { kind, sizeBytes, count, dataRoot: rootOf(layer0) };
      if (compareBytes(objectId(facts), id) !== 0)
        throw new ProvenderError('PROVENDER_INVALID', 'other bytes');
      const name = { ...this.#node, profile, id, ...placed };
      const layers = encode(layer0, replicaId(name), profilePasses(profile));
      await this.beforePublish();
      options?.signal?.throwIfAborted();
      const statement = { ...facts, ...name, layerRoots: layers.slice(1).map(rootOf) };
      this.replicas.set(objectIdHex(id), { statement, layers });
      return statement;
    } finally {
      this.#running -= bytes;
    }
  }

  prove(id: ObjectId, challenge: Challenge, _options?: NodeCallOptions): Promise<Uint8Array> {
    const kept = this.replicas.get(objectIdHex(id));
    if (kept === undefined) return Promise.reject(new ProvenderError('PROVENDER_NOT_FOUND', 'not kept'));
    return Promise.resolve(proveReplica(kept.statement, kept.layers, challenge));
  }

  drop(id: ObjectId): Promise<void> {
    this.replicas.delete(objectIdHex(id));
    return Promise.resolve();
  }
}

async function collect(source: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array> {
  const layer0 = new Uint8Array(blockCount(sizeBytes) * BLOCK_SIZE);
  let at = 0;
  for await (const piece of source) {
    layer0.set(piece, at);
    at += piece.length;
  }
  if (at !== sizeBytes) throw new ProvenderError('PROVENDER_INVALID', `${at} bytes of ${sizeBytes}`);
  return layer0;
}

function encode(layer0: Uint8Array, id: Uint8Array, passes: number): readonly Uint8Array[] {
  const layers = [layer0];
  for (let pass = 1; pass <= passes; pass++) {
    const bytes = Uint8Array.from(layers[pass - 1] ?? layer0);
    encodePass(pass, [{ id: segmentId(id, 0), bytes }]);
    layers.push(bytes);
  }
  return layers;
}

/** Merkle root of a layer, 32 bytes. */
export function rootOf(layer: Uint8Array): Uint8Array {
  const roots = new Uint8Array((layer.length / BLOCK_SIZE) * 32);
  blockRoots(layer, roots);
  return foldRoots(roots);
}

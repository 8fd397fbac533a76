import { objectId } from '../../src/content/object-id.ts';
import { replicaId, type Statement } from '../../src/proof/commitment.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { rootOf } from './replica-vectors.ts';

/** A file, its layers by the reference, and what its storer says of it. */
export interface HeldObject {
  readonly statement: Statement;
  /** 0 to L. */
  readonly layers: readonly Uint8Array[];
}

/** Encodes a file for a storer. @param change - of the statement: another storer, another round */
export function holdFile(content: Uint8Array, profile: number, change: Partial<Statement> = {}): HeldObject {
  const facts = { kind: 2, sizeBytes: content.length, count: 1, dataRoot: rootOf(content) } as const;
  const bare: Statement = {
    ...facts,
    profile,
    networkId: new Uint8Array(32).fill(1),
    id: objectId(facts),
    storerKey: new Uint8Array(32).fill(2),
    seed: new Uint8Array(32).fill(3),
    round: 5n,
    replicaIndex: 0,
    layerRoots: [],
    ...change,
  };
  const layer = new Uint8Array(4096 * Math.max(1, Math.ceil(content.length / 4096)));
  layer.set(content);
  const layers = encodeReplica(layer, { replicaId: replicaId(bare), passes: profile });
  return { statement: { ...bare, layerRoots: layers.slice(1).map(rootOf) }, layers };
}

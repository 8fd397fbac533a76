import type { Challenge } from '../../src/proof/challenge.ts';
import type { Statement } from '../../src/proof/commitment.ts';
import type { Judged } from './judged-by-all.ts';

/** A whole number below `end`, at random. */
export type Draw = (end: number) => number;
/** One way to spoil a proof, or what it is judged by. `other` is another good proof. */
type Mutation = (draw: Draw, good: Judged, other: Judged) => Judged;

const BODY = 108;
const LEAF = 64;
const HASH = 32;

/** Where the first multiproof has its parts; without meaning where the proof is the whole replica. */
function partsOf(proof: Uint8Array): {
  leaves: number;
  siblings: number;
  leavesAt: number;
  siblingsAt: number;
} {
  const view = new DataView(proof.buffer, proof.byteOffset, proof.byteLength);
  const leaves = view.getUint32(BODY);
  const leavesAt = BODY + 4 + 4 * leaves;
  const siblingsAt = leavesAt + LEAF * leaves + 4;
  return { leaves, siblings: view.getUint32(siblingsAt - 4), leavesAt, siblingsAt };
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A copy of the proof, changed by `change`. */
function changed(good: Judged, change: (proof: Uint8Array, view: DataView) => void): Judged {
  const proof = good.proof.slice();
  change(proof, new DataView(proof.buffer));
  return { ...good, proof };
}

function randomBytes(draw: Draw, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => draw(256));
}

function flip(draw: Draw, bytes: Uint8Array): Uint8Array {
  const flipped = bytes.slice();
  const at = draw(flipped.length);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << draw(8));
  return flipped;
}

/** Counts that lie: near the true one, and where arithmetic could go round. */
function lie(draw: Draw, count: number): number {
  const lies = [0, 1, count - 1, count + 1, 2 * count, 2 ** 16, 2 ** 26, 2 ** 31, 2 ** 32 - 1, draw(2 ** 32)];
  return (lies[draw(lies.length)] ?? 0) >>> 0;
}

/** Swaps two things of `size` bytes in a list. */
function swap(draw: Draw, list: Uint8Array, size: number): void {
  const count = list.length / size;
  const [a, b] = [draw(count) * size, draw(count) * size];
  const kept = list.slice(a, a + size);
  list.copyWithin(a, b, b + size);
  list.set(kept, b);
}

/** Changes of any bytes. */
const OF_BYTES: readonly Mutation[] = [
  (draw, good) => ({ ...good, proof: flip(draw, good.proof) }),
  (draw, good) => ({ ...good, proof: flip(draw, flip(draw, flip(draw, good.proof))) }),
  (draw, good) => ({ ...good, proof: good.proof.slice(0, draw(good.proof.length)) }),
  (draw, good) => ({ ...good, proof: join(good.proof, randomBytes(draw, 1 + draw(100))) }),
  (draw, good) => ({ ...good, proof: join(good.proof.subarray(0, draw(good.proof.length)), good.proof) }),
  (draw, good) => changed(good, (proof) => proof.fill(0, draw(proof.length), draw(proof.length))),
  (draw, good) => changed(good, (proof) => proof.set(randomBytes(draw, 16), draw(proof.length - 16))),
  (draw, good) => changed(good, (proof) => proof.copyWithin(draw(proof.length), draw(proof.length))),
  (draw, good) => changed(good, (proof) => swap(draw, proof.subarray(BODY, BODY + LEAF), HASH)),
  (draw, good) => {
    const at = draw(good.proof.length);
    return { ...good, proof: join(good.proof.subarray(0, at), good.proof.subarray(at + 1 + draw(80))) };
  },
];

/** Changes of fields of the head, each alone. */
const OF_HEAD: readonly Mutation[] = [
  (draw, good) => changed(good, (proof) => proof.set([draw(256)], draw(2))),
  (draw, good) => changed(good, (_, view) => view.setUint16(2, draw(4))),
  (draw, good) => changed(good, (proof) => proof.set(randomBytes(draw, HASH), 4)),
  (draw, good, other) => changed(good, (proof) => proof.set(other.proof.subarray(36, 68), 36)),
  (draw, good) => changed(good, (proof) => proof.set([draw(6)], 68)),
  (draw, good) => changed(good, (proof) => proof.set([draw(4)], 69)),
  (draw, good) => changed(good, (_, view) => view.setUint16(70, draw(3))),
  (draw, good) => changed(good, (_, view) => view.setUint32(72, lie(draw, good.challenge.k))),
  (draw, good) => changed(good, (proof) => proof.set(randomBytes(draw, HASH), 76)),
  (_, good, other) => ({ ...good, proof: other.proof }),
  (_, good, other) => ({ ...good, proof: join(good.proof.subarray(0, BODY), other.proof.subarray(BODY)) }),
];

/** Changes of the first multiproof; numbers stay in step where the change is about something else. */
const OF_LEAVES: readonly Mutation[] = [
  (draw, good) => changed(good, (_, view) => view.setUint32(BODY, lie(draw, view.getUint32(BODY)))),
  (draw, good) =>
    changed(good, (proof, view) => {
      const { siblings, siblingsAt } = partsOf(proof);
      view.setUint32(siblingsAt - 4, lie(draw, siblings));
    }),
  (draw, good) => changed(good, (proof) => swap(draw, proof.subarray(BODY + 4, partsOf(proof).leavesAt), 4)),
  (draw, good) =>
    changed(good, (proof, view) => {
      const at = BODY + 4 + 4 * draw(partsOf(proof).leaves);
      view.setUint32(at, lie(draw, view.getUint32(at)));
    }),
  (draw, good) =>
    changed(good, (proof) => {
      const { leavesAt, siblingsAt } = partsOf(proof);
      swap(draw, proof.subarray(leavesAt, siblingsAt - 4), LEAF);
    }),
  (draw, good) =>
    changed(good, (proof) => {
      const { siblings, siblingsAt } = partsOf(proof);
      if (siblings > 0) swap(draw, proof.subarray(siblingsAt, siblingsAt + HASH * siblings), HASH);
    }),
  (draw, good) => withoutLeaf(good, draw(partsOf(good.proof).leaves)),
  (draw, good) => withRepeatedLeaf(good, draw(partsOf(good.proof).leaves)),
  (draw, good) => withSiblings(good, (list) => list.subarray(HASH * Math.min(1, draw(3)))),
  (draw, good) => withSiblings(good, (list) => join(list, randomBytes(draw, HASH))),
  (draw, good) => withSiblings(good, (list) => join(list.subarray(0, HASH), list)),
];

/** One leaf less, its index and the count with it. */
function withoutLeaf(good: Judged, leaf: number): Judged {
  const { leaves, leavesAt } = partsOf(good.proof);
  const indexAt = BODY + 4 + 4 * leaf;
  const leafAt = leavesAt + LEAF * leaf;
  const pieces = [
    good.proof.subarray(0, indexAt),
    good.proof.subarray(indexAt + 4, leafAt),
    good.proof.subarray(leafAt + LEAF),
  ];
  return changed({ ...good, proof: join(...pieces) }, (_, view) => view.setUint32(BODY, leaves - 1));
}

/** One leaf twice, its index and the count with it. */
function withRepeatedLeaf(good: Judged, leaf: number): Judged {
  const { leaves, leavesAt } = partsOf(good.proof);
  const afterIndex = BODY + 8 + 4 * leaf;
  const leafAt = leavesAt + LEAF * leaf;
  const pieces = [
    good.proof.subarray(0, afterIndex),
    good.proof.subarray(afterIndex - 4, leafAt + LEAF),
    good.proof.subarray(leafAt),
  ];
  return changed({ ...good, proof: join(...pieces) }, (_, view) => view.setUint32(BODY, leaves + 1));
}

/** Another list of siblings, with its count. */
function withSiblings(good: Judged, make: (siblings: Uint8Array) => Uint8Array): Judged {
  const { siblings, siblingsAt } = partsOf(good.proof);
  const behind = siblingsAt + HASH * siblings;
  const list = make(good.proof.subarray(siblingsAt, behind));
  const proof = join(good.proof.subarray(0, siblingsAt), list, good.proof.subarray(behind));
  return changed({ ...good, proof }, (_, view) => view.setUint32(siblingsAt - 4, list.length / HASH));
}

function asks(good: Judged, challenge: Partial<Challenge>): Judged {
  return { ...good, challenge: { ...good.challenge, ...challenge } };
}

function states(good: Judged, statement: Partial<Statement>): Judged {
  return { ...good, statement: { ...good.statement, ...statement } };
}

/** Another statement, or another challenge, than the proof was made for. */
const OF_QUESTION: readonly Mutation[] = [
  (draw, good) => asks(good, { mode: draw(6) }),
  (draw, good) => asks(good, { form: draw(4) }),
  (draw, good) => asks(good, { k: lie(draw, good.challenge.k) }),
  (draw, good) => asks(good, { beacon: flip(draw, good.challenge.beacon) }),
  (_, good, other) => ({ ...good, challenge: other.challenge }),
  (_, good, other) => ({ ...good, statement: other.statement }),
  (draw, good) => states(good, { profile: draw(4) }),
  (draw, good) => states(good, { networkId: flip(draw, good.statement.networkId) }),
  (draw, good, other) => states(good, { id: other.statement.id }),
  (draw, good) => states(good, { sizeBytes: good.statement.sizeBytes + draw(5000) }),
  (draw, good) => states(good, { sizeBytes: draw(2 ** 31) * 64 }),
  (draw, good) => states(good, { count: draw(3) }),
  (draw, good) => states(good, { dataRoot: flip(draw, good.statement.dataRoot) }),
  (draw, good) => states(good, { storerKey: flip(draw, good.statement.storerKey) }),
  (draw, good) => states(good, { seed: flip(draw, good.statement.seed) }),
  (draw, good) => states(good, { round: BigInt(draw(100)) }),
  (draw, good) => states(good, { replicaIndex: draw(10) }),
  (draw, good) => states(good, { layerRoots: good.statement.layerRoots.map((root) => flip(draw, root)) }),
  (_, good) => states(good, { layerRoots: good.statement.layerRoots.toReversed() }),
  (_, good, other) => states(good, { layerRoots: other.statement.layerRoots }),
];

const OF_ANY = [...OF_BYTES, ...OF_HEAD, ...OF_QUESTION];

/** How many ways there are, for the message of a test. */
export const MUTATIONS = OF_ANY.length + OF_LEAVES.length;

/** Spoils a good proof in one of many ways; now and then the result is what it was. */
export function mutate(draw: Draw, good: Judged, other: Judged): Judged {
  const ways = good.challenge.k === 0 ? OF_ANY : [...OF_ANY, ...OF_LEAVES, ...OF_LEAVES];
  const way = ways[draw(ways.length)];
  return way === undefined ? good : way(draw, good, other);
}

/** Whether nothing was changed. */
export function isSame(a: Judged, b: Judged): boolean {
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  const question = ({ statement, challenge }: Judged): string =>
    JSON.stringify([statement, challenge], plain);
  return Buffer.compare(a.proof, b.proof) === 0 && question(a) === question(b);
}

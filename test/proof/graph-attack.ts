import { graphTable, PARENTS } from '../../src/proof/graph.ts';

const BLOCK_WORDS = 128;

/** Which labels a label is made of; node `layer * n + place`, layers from 0, places in the pass order of each layer. */
export interface LabelGraph {
  /** Words of the segment. */
  readonly words: number;
  readonly layers: number;
  /** Where the inputs of each node begin in `inputs`; one entry more than nodes. */
  readonly starts: Uint32Array;
  readonly inputs: Uint32Array;
}

/** The graph of `layers` passes over one segment, the content assumed free. `mask` changes the masks, for attacks on a weaker graph. */
export function labelGraph(
  layers: number,
  blocks: number,
  mask: (found: number) => number = (found) => found,
): LabelGraph {
  const words = blocks * BLOCK_WORDS;
  const starts = new Uint32Array(layers * words + 1);
  const inputs: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const { parents, masks } = graphTable(layer + 1, blocks);
    for (let place = 0; place < words; place++) {
      const first = layer * words;
      const block = Math.floor(place / BLOCK_WORDS);
      if (place > 0) inputs.push(first + place - 1);
      for (let edge = PARENTS * block; block > 0 && edge < PARENTS * (block + 1); edge++)
        inputs.push(
          first + BLOCK_WORDS * (parents[edge] ?? 0) + ((place % BLOCK_WORDS) ^ mask(masks[edge] ?? 0)),
        );
      // Each layer runs against the one before, so the same word has mirrored places.
      if (layer > 0) inputs.push(first - words + (words - 1 - place));
      starts[first + place + 1] = inputs.length;
    }
  }
  return { words, layers, starts, inputs: Uint32Array.from(inputs) };
}

/** Words of layer L that a storer has to compute again for a random challenge, as a share of n. */
export function recomputeCost(graph: LabelGraph, stored: Uint8Array, challenges: number): number {
  const { words, layers } = graph;
  const seen = new Uint32Array(words * layers);
  let state = 1;
  let total = 0;
  for (let challenge = 1; challenge <= challenges; challenge++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const asked = (layers - 1) * words + Math.floor((state / 2 ** 32) * words);
    total += unstoredAncestors(graph, stored, { asked, seen, mark: challenge });
  }
  return total / challenges / words;
}

function unstoredAncestors(
  { starts, inputs }: LabelGraph,
  stored: Uint8Array,
  { asked, seen, mark }: { asked: number; seen: Uint32Array; mark: number },
): number {
  const open = [asked];
  let count = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (stored[node] === 1 || seen[node] === mark) continue;
    seen[node] = mark;
    count++;
    for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at++) open.push(inputs[at] ?? 0);
  }
  return count;
}

/** Paths of length `pathLength` through each node that is not stored; with several layers those that end in the last one only. */
function pathsThrough(graph: LabelGraph, stored: Uint8Array, pathLength: number): Float64Array {
  const { words, layers, starts, inputs } = graph;
  const nodes = words * layers;
  const before: Float64Array[] = [];
  const after: Float64Array[] = [];
  for (let length = 0; length <= pathLength; length++) {
    const into = new Float64Array(nodes);
    const from = new Float64Array(nodes);
    for (let node = 0; node < nodes; node++) {
      if (stored[node] === 1) continue;
      if (length === 0) {
        into[node] = 1;
        from[node] = node >= (layers - 1) * words ? 1 : 0;
        continue;
      }
      let sum = 0;
      const step = after[length - 1]?.[node] ?? 0;
      for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at++) {
        const input = inputs[at] ?? 0;
        if (stored[input] === 1) continue;
        sum += before[length - 1]?.[input] ?? 0;
        from[input] = (from[input] ?? 0) + step;
      }
      into[node] = sum;
    }
    before.push(into);
    after.push(from);
  }
  return Float64Array.from({ length: nodes }, (_, node) => {
    let sum = 0;
    for (let length = 0; length <= pathLength; length++)
      sum += (before[length]?.[node] ?? 0) * (after[pathLength - length]?.[node] ?? 0);
    return sum;
  });
}

/**
 * The greedy path-count attack: round by round it stores the hundredth of n with the most paths through it, no two of them neighbours.
 * @returns the labels stored when their share of n has reached `share`: 1 for each node that is
 * @see proof-of-replication.md, section 14, item 7
 */
export function greedyAttack(
  graph: LabelGraph,
  { share, pathLength }: { share: number; pathLength: number },
): Uint8Array {
  const { words, layers, starts, inputs } = graph;
  const stored = new Uint8Array(words * layers);
  const perRound = Math.floor(words / 100);
  for (let left = Math.floor(share * words); left > 0; ) {
    const paths = pathsThrough(graph, stored, pathLength);
    const byPaths = Array.from(paths.keys()).filter((node) => stored[node] === 0);
    byPaths.sort((a, b) => (paths[b] ?? 0) - (paths[a] ?? 0));
    const taken = new Set<number>();
    const inputsOfTaken = new Set<number>();
    for (const node of byPaths) {
      if (taken.size === Math.min(perRound, left)) break;
      const beside = inputs.subarray(starts[node], starts[node + 1]);
      if (inputsOfTaken.has(node) || beside.some((input) => taken.has(input))) continue;
      stored[node] = 1;
      taken.add(node);
      for (const input of beside) inputsOfTaken.add(input);
    }
    if (taken.size === 0) break;
    left -= taken.size;
  }
  return stored;
}

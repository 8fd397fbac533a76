import { ascending } from '../content/ascending.ts';
import { BLOCK_SIZE, blockCount, LEAF_SIZE } from '../content/geometry.ts';
import { checkObjectFacts, compareBytes, objectId, parseObjectKind } from '../content/object-id.ts';
import { isProvenderError } from '../content/provender-error.ts';
import { isZero } from '../content/zero-bytes.ts';
import { type Challenge, challengedLeaves, challengeSeed, isChallenge, PROOF_FORM } from './challenge.ts';
import { commR, replicaId, type Statement } from './commitment.ts';
import { graphTable } from './graph.ts';
import { foldNodes, leafHashes } from './merkle.ts';
import { type Multiproof, multiproofRoot, siblingCount } from './multiproof.ts';
import { leafCount, leafPlace, openedLeaves } from './opened-leaves.ts';
import { Pass, WORD_SIZE } from './pass.ts';
import { passesOf } from './profile.ts';
import type { MultiproofBytes } from './proof-reader.ts';
import { type ReplicaProof, readProof } from './read-proof.ts';
import { applyPad, decodeReplica } from './replica.ts';
import { segmentId } from './segments.ts';
import { Rejection, verdictOf, type Verdict } from './verdict.ts';

const LEAF_WORDS = LEAF_SIZE / WORD_SIZE;

/** What is known of the object before its proof is looked at. */
interface Facts {
  readonly statement: Statement;
  readonly passes: number;
  readonly blocks: number;
}

/**
 * Checks a ReplicaProof against the statement of the storer and the challenge that the verifier expects. Pure; hostile bytes lead to a verdict,
 * never to an exception. Whether the storer signed the statement is another question: `isSignedByStorer`.
 *
 * @see proof-of-replication.md, section 9
 */
export function verifyReplicaProof(statement: Statement, expected: Challenge, proof: Uint8Array): Verdict {
  return verdictOf(() => {
    const found = readProof(proof);
    const facts = checkStatement(statement, expected);
    checkHead(found, facts, expected);
    if (expected.form === PROOF_FORM.whole) checkWhole(found.replica, facts);
    else checkLeaves(found.multiproofs, facts, expected);
  });
}

/** Rules 1 and 2, as far as they speak of the statement and of what is expected. */
function checkStatement(statement: Statement, expected: Challenge): Facts {
  const passes = passesOf(statement.profile);
  if (passes === undefined) throw new Rejection('statement', `profile ${statement.profile} is not known`);
  if (statement.layerRoots.length !== passes)
    throw new Rejection('statement', `${statement.layerRoots.length} layer roots, profile has ${passes}`);
  try {
    parseObjectKind(statement.kind);
    checkObjectFacts(statement);
  } catch (error) {
    if (isProvenderError(error)) throw new Rejection('statement', error.message);
    throw error;
  }
  const blocks = blockCount(statement.sizeBytes);
  if (!isChallenge(expected, { blocks, passes }))
    throw new Rejection('challenge', `mode ${expected.mode}, form ${expected.form}, ${expected.k} leaves`);
  if (compareBytes(objectId(statement), statement.id) !== 0)
    throw new Rejection('statement', 'the object id is not that of its fields');
  return { statement, passes, blocks };
}

/** Rule 2: the proof speaks of this statement and answers this challenge. */
function checkHead(found: ReplicaProof, { statement }: Facts, expected: Challenge): void {
  const fits = (holds: boolean, reason: 'statement' | 'challenge', what: string): void => {
    if (!holds) throw new Rejection(reason, `another ${what}`);
  };
  fits(found.profile === statement.profile, 'statement', 'profile');
  fits(compareBytes(found.networkId, statement.networkId) === 0, 'statement', 'network');
  fits(found.mode === expected.mode, 'challenge', 'mode');
  fits(found.form === expected.form, 'challenge', 'form');
  fits(found.k === expected.k, 'challenge', 'number of leaves');
  fits(compareBytes(found.beacon, expected.beacon) === 0, 'challenge', 'beacon');
  fits(compareBytes(found.commR, commR(statement)) === 0, 'statement', 'replica: commR differs');
}

/** Rules 6 and 7: the whole replica. */
function checkWhole(replica: Uint8Array, { statement, passes, blocks }: Facts): void {
  if (replica.length !== blocks * BLOCK_SIZE)
    throw new Rejection('format', `replica of ${replica.length} bytes, the object has ${blocks} blocks`);
  const layers = decodeReplica(replica, { replicaId: replicaId(statement), passes });
  for (const [layer, bytes] of layers.entries())
    if (compareBytes(foldNodes(leafHashes(bytes)), rootAt(statement, layer)) !== 0)
      throw new Rejection('root', `layer ${layer} has another root`);
  if (!isZero(layers[0]?.subarray(statement.sizeBytes) ?? EMPTY))
    throw new Rejection('padding', 'bytes behind the content are not zero');
}

/** Rules 3 to 6: leaves of the layers, from layer L down. */
function checkLeaves(multiproofs: readonly MultiproofBytes[], facts: Facts, expected: Challenge): void {
  const { statement, passes, blocks } = facts;
  const seed = challengeSeed(statement, expected);
  const challenged = ascending(challengedLeaves(seed, expected.k, leafCount(blocks)));
  const isRelation = expected.form === PROOF_FORM.relation;
  const layers = multiproofs.map((proof, i) => {
    const layer = passes - i;
    const leaves = isRelation && layer > 0 ? openedLeaves(layer, blocks, challenged) : challenged;
    return checkOpened(proof, facts, { layer, leaves });
  });
  for (const opened of layers) checkRoot(opened, facts);
  for (const [i, upper] of layers.entries()) {
    const lower = layers[i + 1];
    if (lower !== undefined) checkRelation({ upper, lower }, facts, challenged);
    else if (upper.layer === 0) checkPadding(upper, statement, challenged);
  }
}

/** Leaves of one layer that a proof opens. */
interface OpenedLayer {
  readonly layer: number;
  readonly proof: Multiproof;
  readonly leaves: ReadonlyMap<number, Uint8Array>;
}

/** Rule 3: exactly the leaves that are asked for, and as many siblings as they need. */
function checkOpened(
  found: MultiproofBytes,
  { blocks }: Facts,
  { layer, leaves }: { layer: number; leaves: readonly number[] },
): OpenedLayer {
  if (found.leafCount !== leaves.length || found.indices.some((index, i) => index !== leaves[i]))
    throw new Rejection('indices', `layer ${layer} opens other leaves than were asked for`);
  const needed = siblingCount(leaves, leafCount(blocks));
  if (found.siblingCount !== needed)
    throw new Rejection('siblings', `layer ${layer}: ${found.siblingCount} siblings, ${needed} are needed`);
  const proof: Multiproof = { indices: leaves, leaves: found.leaves, siblings: found.siblings };
  return { layer, proof, leaves: new Map(leaves.map((leaf, i) => [leaf, proof.leaves[i] ?? EMPTY])) };
}

const EMPTY = new Uint8Array(LEAF_SIZE);

/** Rule 4. */
function checkRoot({ layer, proof }: OpenedLayer, { statement, blocks }: Facts): void {
  const root = multiproofRoot(proof, leafCount(blocks));
  if (root === undefined || compareBytes(root, rootAt(statement, layer)) !== 0)
    throw new Rejection('root', `the leaves of layer ${layer} lead to another root`);
}

/** Rule 5: the challenged leaves of a layer, decoded, are those of the layer below. */
function checkRelation(
  { upper, lower }: { upper: OpenedLayer; lower: OpenedLayer },
  { statement, blocks }: Facts,
  challenged: readonly number[],
): void {
  const id = replicaId(statement);
  const passes = new Map<number, Pass>();
  for (const leaf of challenged) {
    const place = leafPlace(leaf, blocks);
    const pass =
      passes.get(place.segment) ??
      new Pass(graphTable(upper.layer, place.blocks), segmentId(id, place.segment), place.blocks);
    passes.set(place.segment, pass);
    const firstLeaf = leaf - place.leaf;
    const labelAt = (at: number): Uint8Array => wordOf(upper, firstLeaf, pass.natural(at));
    for (let word = 0; word < LEAF_WORDS; word++) {
      const natural = place.leaf * LEAF_WORDS + word;
      const decoded = new Uint8Array(wordOf(upper, firstLeaf, natural)); // slice() of a Buffer would not copy
      applyPad(decoded, pass.pad(pass.natural(natural), labelAt));
      if (compareBytes(decoded, wordOf(lower, firstLeaf, natural)) !== 0)
        throw new Rejection(
          'relation',
          `leaf ${leaf}: layer ${upper.layer} does not decode to the one below`,
        );
    }
  }
}

/** A word of an opened leaf, by its number in the segment that begins with leaf `firstLeaf`. */
function wordOf({ leaves }: OpenedLayer, firstLeaf: number, word: number): Uint8Array {
  const leaf = leaves.get(firstLeaf + Math.floor(word / LEAF_WORDS)) ?? EMPTY;
  const at = (word % LEAF_WORDS) * WORD_SIZE;
  return leaf.subarray(at, at + WORD_SIZE);
}

/** Rule 6. */
function checkPadding(
  { leaves }: OpenedLayer,
  { sizeBytes }: Statement,
  challenged: readonly number[],
): void {
  for (const leaf of challenged) {
    const content = Math.max(0, Math.min(LEAF_SIZE, sizeBytes - leaf * LEAF_SIZE));
    if (!isZero((leaves.get(leaf) ?? EMPTY).subarray(content)))
      throw new Rejection('padding', `leaf ${leaf}: bytes behind the content are not zero`);
  }
}

/** R_l; that of layer 0 is the data root. */
function rootAt({ dataRoot, layerRoots }: Statement, layer: number): Uint8Array {
  return layer === 0 ? dataRoot : (layerRoots[layer - 1] ?? EMPTY);
}

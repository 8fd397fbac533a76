import { ed25519 } from '@noble/curves/ed25519.js';
import type { ObjectFacts, ObjectId } from '../../src/content/object-id.ts';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import { type Announce, encodeAnnounce } from '../../src/placement/messages/announce.ts';
import { claimHash, encodeClaim } from '../../src/placement/messages/claim.ts';
import { encodeCommit } from '../../src/placement/messages/commit.ts';
import { encodeSetKey } from '../../src/placement/messages/set-key.ts';
import {
  type Founding,
  type Genesis,
  makeGenesis,
  networkIdOf,
} from '../../src/placement/registry/genesis.ts';
import { encodeRegisterNode, type RegisterNode } from '../../src/placement/registry/register-node.ts';
import { encodeUpdateNode, type NodeChanges } from '../../src/placement/registry/update-node.ts';
import type { Chain } from '../../src/placement/rounds/chain.ts';
import { encodeRound, type UnsignedRound } from '../../src/placement/rounds/round.ts';
import { seedInput, seedOf } from '../../src/placement/rounds/seeds.ts';
import { proveVrf, verifyVrf } from '../../src/vrf/kernels.ts';
import { registrationInput, selectionInput } from '../../src/vrf/selection-input.ts';
import { signerOf, type TestSigner } from './message-signer.ts';
import { bytesOf } from './placement-fixtures.ts';

/** A node with its secrets. */
export interface TestNode {
  readonly name: string;
  readonly signer: TestSigner;
  readonly storerKey: Uint8Array;
  readonly vrfSecret: Uint8Array;
  readonly vrfKey: Uint8Array;
}

/** The node of a name: the same name, the same keys. */
export function testNode(name: string): TestNode {
  const [signer, vrfSecret] = [signerOf(bytesOf(`${name} node`)), bytesOf(`${name} vrf`)];
  const vrfKey = ed25519.getPublicKey(vrfSecret);
  return { name, signer, storerKey: signer.publicKey, vrfSecret, vrfKey };
}

/** π over `registrationInput` of any key pair. */
export function possession(networkId: Uint8Array, storerKey: Uint8Array, vrfSecret: Uint8Array): Uint8Array {
  const vrfKey = ed25519.getPublicKey(vrfSecret);
  return proveVrf(vrfSecret, registrationInput({ networkId, storerKey, vrfKey }));
}

/** What a node registers with: 64 GiB, an operator and a region of its own, nonce 1. */
function registrationOf(node: TestNode, network: string): RegisterNode {
  const networkId = networkIdOf(network);
  return {
    networkId,
    storerKey: node.storerKey,
    vrfKey: node.vrfKey,
    vrfProof: possession(networkId, node.storerKey, node.vrfSecret),
    owner: bytesOf(`${node.name} owner`).slice(0, 20),
    operatorId: bytesOf(`${node.name} operator`),
    region: bytesOf(node.name)[0] ?? 0,
    capacityGiB: 64,
    selfValue: 0n,
    grpcPort: 7411,
    httpPort: 7491,
    host: '127.0.0.1',
    nonce: 1n,
  };
}

/** RegisterNode of a node, signed by it. */
export function registerRecord(
  node: TestNode,
  network: string,
  change: Partial<RegisterNode> = {},
): Uint8Array {
  return encodeRegisterNode({ ...registrationOf(node, network), ...change }, node.signer);
}

/** UpdateNode of a node, signed by it. */
export function updateRecord(
  node: TestNode,
  network: string,
  { changes, nonce }: { readonly changes: NodeChanges; readonly nonce: bigint },
): Uint8Array {
  const networkId = networkIdOf(network);
  return encodeUpdateNode({ networkId, storerKey: node.storerKey, changes, nonce }, node.signer);
}

/** A genesis and the secrets of its nodes; the first node is the primary. */
export interface TestNetwork {
  readonly name: string;
  readonly nodes: readonly TestNode[];
  readonly primary: TestNode;
  readonly genesis: Genesis;
}

/** A network of `count` nodes of equal weight. */
export function testNetwork(count: number, change: Partial<Founding> = {}): TestNetwork {
  const name = change.name ?? 'test network';
  const nodes = Array.from({ length: count }, (_, i) => testNode(`storer ${i}`));
  const [primary] = nodes;
  if (primary === undefined) throw new Error('a network has a node');
  const genesis = makeGenesis({
    name,
    records: nodes.map((node) => registerRecord(node, name)),
    primaries: [{ storerKey: primary.storerKey, address: '127.0.0.1:7411' }],
    ...change,
  });
  return { name, nodes, primary, genesis };
}

/** What the next round of a chain holds, before it is signed. */
export function unsignedRound(
  chain: Chain,
  proposer: TestNode,
  change: Partial<UnsignedRound> = {},
): UnsignedRound {
  const { networkId, head } = chain;
  const number = head.number + 1n;
  const input = seedInput({ networkId, round: number, previousSeed: head.seed });
  const proof = proveVrf(proposer.vrfSecret, input);
  const beta = verifyVrf(proposer.vrfKey, input, proof);
  const registryRoot = chain.snapshotOf(number)?.root;
  if (beta === undefined || registryRoot === undefined) throw new Error('no proof or no snapshot');
  return {
    networkId,
    number,
    prevHash: head.hash,
    unixMs: head.unixMs + 1000n,
    seed: seedOf(beta),
    registryRoot,
    proposerKey: proposer.storerKey,
    vrfKey: proposer.vrfKey,
    proof,
    records: [],
    ...change,
  };
}

/** The next round of a chain, with these records. */
export function roundFor(chain: Chain, proposer: TestNode, records: readonly Uint8Array[] = []): Uint8Array {
  return encodeRound(unsignedRound(chain, proposer, { records }), proposer.signer);
}

/** A file that a name stands for. */
export function factsOf(name: string): ObjectFacts {
  return { kind: OBJECT_KIND.file, sizeBytes: 123_456, count: 1, dataRoot: bytesOf(name) };
}

/** Announce of a file by a primary: profile 1, three replicas, nonce 1. */
export function announceRecord(
  primary: TestNode,
  network: string,
  change: Partial<Announce> & { facts: ObjectFacts },
): Uint8Array {
  const { facts, ...rest } = change;
  const announce = {
    profile: 1,
    networkId: networkIdOf(network),
    id: objectId(facts),
    ...facts,
    replicas: 3,
    owner: bytesOf('owner').slice(0, 20),
    nonce: 1n,
    primaryKey: primary.storerKey,
    ...rest,
  };
  return encodeAnnounce(announce, primary.signer);
}

/** SetKey of a file that was announced in round `announced`: real claims of the storers, commitments with made-up roots. */
export function setKeyRecord(
  chain: Chain,
  network: TestNetwork,
  placed: { readonly facts: ObjectFacts; readonly announced: bigint; readonly storers: readonly TestNode[] },
): Uint8Array {
  const { facts, announced, storers } = placed;
  const { networkId } = chain;
  const round = announced + 1n;
  const seed = chain.seedOf(round) ?? bytesOf('a seed that nobody knows');
  const base = { profile: 1, networkId, id: objectId(facts) };
  const commitments = storers.map((storer) => {
    const proof = proveVrf(storer.vrfSecret, selectionInput({ networkId, round, seed, attempt: 0 }, base.id));
    const claim = encodeClaim({ ...base, round, attempt: 0, storerKey: storer.storerKey, proof });
    const { sizeBytes } = facts;
    const commit = { profile: 1, networkId, claimHash: claimHash(claim), replicaIndex: 0, sizeBytes };
    return { claim, commit: encodeCommit({ ...commit, layerRoots: [bytesOf('root')] }, storer.signer) };
  });
  const place = { announced, attempt: 0, name: '', replicas: storers.length, commitments };
  const setKey = { ...base, ...facts, ...place, primaryKey: network.primary.storerKey };
  return encodeSetKey(setKey, network.primary.signer);
}

/** Object id of a file that a name stands for. */
export function idOf(name: string): ObjectId {
  return objectId(factsOf(name));
}

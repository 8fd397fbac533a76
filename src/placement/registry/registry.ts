import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../content/provender-error.ts';
import { MESSAGE_REGISTER_NODE, MESSAGE_UPDATE_NODE } from '../../proof/message-header.ts';
import { verifyVrf } from '../../vrf/kernels.ts';
import { registrationInput } from '../../vrf/selection-input.ts';
import { isNodeKey, isSigned } from '../messages/signed-message.ts';
import { decodeRegisterNode, type RegisterNode } from './register-node.ts';
import type { RegisteredNode } from './registered-node.ts';
import { Snapshot, type SnapshotLeaf } from './snapshot.ts';
import { decodeUpdateNode, type NodeChanges, type UpdateNode } from './update-node.ts';

/** The most nodes that a registry takes, so that the sum of all weights fits 64 bits whatever they say of themselves. */
const MAX_NODES = 2 ** 16;

/** How much of a record is looked at. */
export interface RecordChecks {
  /** Skips signatures and proofs, which were checked when the record came in; for a replay of one's own log. */
  readonly trusted?: boolean;
}

/**
 * Who is in the network, by the RegisterNode and UpdateNode records so far. What a record does depends on nothing else.
 * A record that is refused changes nothing.
 *
 * @see storer-selection.md, section 2
 */
export class Registry {
  readonly #networkId: Uint8Array;
  /** What this one was forked from; it is asked for all that is not here. */
  readonly #base: Registry | undefined;
  readonly #nodes = new Map<string, RegisteredNode>();
  /** Every VRF key that was ever registered. */
  readonly #vrfKeys = new Set<string>();
  /** The operator of each account that ever owned a node. */
  readonly #operators = new Map<string, string>();
  #size: number;

  /** @param networkId - 32 bytes */
  constructor(networkId: Uint8Array, base?: Registry) {
    this.#networkId = networkId;
    this.#base = base;
    this.#size = base?.size ?? 0;
  }

  /** A registry of its own on top of this one, which must not change meanwhile. Costs nothing. */
  fork(): Registry {
    return new Registry(this.#networkId, this);
  }

  /** Takes over what a fork of this registry has on top of it. */
  adopt(fork: Registry): void {
    for (const node of fork.#nodes.values()) this.#put(node);
    for (const key of fork.#vrfKeys) this.#vrfKeys.add(key);
    for (const [owner, operator] of fork.#operators) this.#operators.set(owner, operator);
  }

  /** Nodes that ever registered, retired ones too. */
  get size(): number {
    return this.#size;
  }

  /** @param storerKey - 32 bytes */
  node(storerKey: Uint8Array): RegisteredNode | undefined {
    return this.#nodes.get(bytesToHex(storerKey)) ?? this.#base?.node(storerKey);
  }

  /** All nodes, retired ones too, in the order of their registration. */
  *nodes(): Generator<RegisteredNode> {
    for (const node of this.#base?.nodes() ?? []) yield this.#nodes.get(bytesToHex(node.storerKey)) ?? node;
    for (const node of this.#nodes.values()) {
      if (this.#base?.node(node.storerKey) === undefined) yield node;
    }
  }

  /**
   * Takes a RegisterNode or UpdateNode message.
   * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, keys, signatures or proofs; `PROVENDER_CONFLICT` for what does not fit what is
   *   registered: a key or a nonce that was used, an unknown or retired node, an account of another operator
   */
  apply(record: Uint8Array, checks: RecordChecks = {}): void {
    if (record[1] === MESSAGE_REGISTER_NODE) this.#register(decodeRegisterNode(record), record, checks);
    else if (record[1] === MESSAGE_UPDATE_NODE) this.#update(decodeUpdateNode(record), record, checks);
    else
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `record of type ${record[1]}: the registry takes 7 and 8`,
      );
  }

  /**
   * The registry as an epoch uses it.
   * @param valuation - by which capacities count, in 1/2^16; u32
   */
  snapshot(epoch: bigint, valuation: number): Snapshot {
    const leaves: SnapshotLeaf[] = [];
    for (const node of this.nodes()) {
      const { storerKey, vrfKey, operatorId, region } = node;
      if (!node.retired) {
        leaves.push({ storerKey, vrfKey, operatorId, region, weight: weightOf(node.capacityGiB, valuation) });
      }
    }
    return new Snapshot(epoch, leaves);
  }

  #register(node: RegisterNode, record: Uint8Array, { trusted = false }: RecordChecks): void {
    this.#checkNetwork(node.networkId);
    if (this.node(node.storerKey) !== undefined)
      throw conflict(node, 'is registered; change it by an UpdateNode');
    if (this.#size >= MAX_NODES)
      throw conflict(node, `finds ${MAX_NODES} nodes registered, which is the limit`);
    this.#checkOperator(node, node);
    this.#checkVrfKey(node, node.vrfKey);
    if (!trusted) {
      checkSignature(node, record);
      this.#checkPossession(node, { key: node.vrfKey, proof: node.vrfProof });
    }
    const { networkId: _network, vrfProof: _proof, ...facts } = node;
    this.#put({ ...facts, retired: false });
  }

  #update(update: UpdateNode, record: Uint8Array, { trusted = false }: RecordChecks): void {
    this.#checkNetwork(update.networkId);
    const { changes, nonce } = update;
    const node = this.node(update.storerKey);
    if (node === undefined) throw conflict(update, 'is not registered');
    if (node.retired) throw conflict(update, 'has retired, which is for good');
    if (nonce <= node.nonce) throw conflict(update, `used nonce ${node.nonce}; ${nonce} is not above it`);
    if (changes.owner) this.#checkOperator(node, { owner: changes.owner, operatorId: node.operatorId });
    if (changes.vrf) this.#checkVrfKey(node, changes.vrf.key);
    if (!trusted) {
      checkSignature(node, record);
      if (changes.vrf) this.#checkPossession(node, changes.vrf);
    }
    this.#put(changed(node, update));
  }

  #put(node: RegisteredNode): void {
    if (this.node(node.storerKey) === undefined) this.#size++;
    this.#nodes.set(bytesToHex(node.storerKey), node);
    this.#vrfKeys.add(bytesToHex(node.vrfKey));
    this.#operators.set(bytesToHex(node.owner), bytesToHex(node.operatorId));
  }

  #checkNetwork(networkId: Uint8Array): void {
    if (bytesToHex(networkId) === bytesToHex(this.#networkId)) return;
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `record of network ${bytesToHex(networkId).slice(0, 8)}.., not of this one`,
    );
  }

  #checkOperator(named: Named, { owner, operatorId }: Pick<RegisteredNode, 'owner' | 'operatorId'>): void {
    const known = this.#operatorOf(bytesToHex(owner));
    if (known === undefined || known === bytesToHex(operatorId)) return;
    throw conflict(named, `names an owner that belongs to operator ${known.slice(0, 8)}..`);
  }

  #checkVrfKey(named: Named, vrfKey: Uint8Array): void {
    if (this.#vrfKeys.has(bytesToHex(vrfKey)))
      throw conflict(named, 'brings a VRF key that was registered before');
  }

  #operatorOf(owner: string): string | undefined {
    return this.#operators.get(owner) ?? (this.#base ? this.#base.#operatorOf(owner) : undefined);
  }

  #hasVrfKey(key: string): boolean {
    return this.#vrfKeys.has(key) || (this.#base !== undefined && this.#base.#hasVrfKey(key));
  }

  #checkPossession({ storerKey }: Named, vrf: NonNullable<NodeChanges['vrf']>): void {
    const input = registrationInput({ networkId: this.#networkId, storerKey, vrfKey: vrf.key });
    if (verifyVrf(vrf.key, input, vrf.proof) !== undefined) return;
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `node ${shown(storerKey)} does not show that it has its VRF key`,
    );
  }
}

/** Whom an error is about. */
type Named = Pick<RegisteredNode, 'storerKey'>;

function shown(key: Uint8Array): string {
  return `${bytesToHex(key).slice(0, 8)}..`;
}

function conflict({ storerKey }: Named, what: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFLICT', `node ${shown(storerKey)} ${what}`);
}

function checkSignature({ storerKey }: Named, record: Uint8Array): void {
  if (isSigned(record, storerKey)) return;
  const what = isNodeKey(storerKey)
    ? 'did not sign this record'
    : 'has a key that is no point of the prime-order subgroup';
  throw new ProvenderError('PROVENDER_INVALID', `node ${shown(storerKey)} ${what}`);
}

/** w = ⌊capacityGiB · valuation / 2^16⌋, below 2^48. @see storer-selection.md, section 2 */
function weightOf(capacityGiB: number, valuation: number): bigint {
  return (BigInt(capacityGiB) * BigInt(valuation)) >> 16n;
}

function changed(node: RegisteredNode, { changes, nonce }: UpdateNode): RegisteredNode {
  const { vrf, ports, retire, ...facts } = changes;
  return { ...node, ...facts, ...ports, vrfKey: vrf?.key ?? node.vrfKey, retired: retire ?? false, nonce };
}

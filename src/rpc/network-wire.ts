import { HASH_SIZE } from '../content/geometry.ts';
import type {
  GetNetworkResponse,
  NetworkEpoch as WireEpoch,
  NetworkNode as WireNode,
} from '../generated/provender/v1/registry_service.ts';
import { asBuffer } from './data-codec.ts';
import type { NetworkEpoch, NetworkFacts, NetworkNode } from './network-view.ts';
import { corruptAnswer, present } from './wire-shapes.ts';

/** Both ends' view of the messages about nodes of a network; each pair is inverse to the other. */
const MOST_ADDRESS_CHARACTERS = 300;

export function nodeToWire(node: NetworkNode): WireNode {
  const { storerKey, vrfKey, address, capacityGiB, weight, region, operatorId, retired } = node;
  const keys = {
    storerKey: asBuffer(storerKey),
    vrfKey: asBuffer(vrfKey),
    operatorId: asBuffer(operatorId),
  };
  return { ...keys, address, capacityGib: capacityGiB, weight, region, retired };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when a node answers without it, or with keys of another length */
export function nodeFromWire(wire: WireNode | undefined): NetworkNode {
  const { storerKey, vrfKey, operatorId, address, capacityGib, ...rest } = present(wire, 'node');
  if (address.length > MOST_ADDRESS_CHARACTERS)
    throw corruptAnswer(`an address has ${address.length} characters`);
  return {
    storerKey: hashFromWire(storerKey, 'node key'),
    vrfKey: hashFromWire(vrfKey, 'VRF key'),
    operatorId: hashFromWire(operatorId, 'operator'),
    address,
    capacityGiB: capacityGib,
    ...rest,
  };
}

export function epochFromWire(wire: WireEpoch | undefined): NetworkEpoch {
  return present(wire, 'epoch');
}

export function networkToWire(facts: NetworkFacts): GetNetworkResponse {
  const { networkId, genesisHash, name, head, epoch, storerKey, isPrimary, isStorer, fault } = facts;
  return {
    networkId: asBuffer(networkId),
    genesisHash: asBuffer(genesisHash),
    name,
    head: head.number,
    headHash: asBuffer(head.hash),
    epoch,
    storerKey: asBuffer(storerKey),
    primary: isPrimary,
    storer: isStorer,
    fault: fault ?? '',
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for hashes of another length */
export function networkFromWire(wire: GetNetworkResponse): NetworkFacts {
  return {
    networkId: hashFromWire(wire.networkId, 'network id'),
    genesisHash: hashFromWire(wire.genesisHash, 'genesis hash'),
    name: wire.name,
    head: { number: wire.head, hash: hashFromWire(wire.headHash, 'hash of the head') },
    epoch: epochFromWire(wire.epoch),
    storerKey: hashFromWire(wire.storerKey, 'node key'),
    isPrimary: wire.primary,
    isStorer: wire.storer,
    ...(wire.fault !== '' && { fault: wire.fault }),
  };
}

/** A key or hash of an answer. @throws ProvenderError `PROVENDER_CORRUPT` when it has other than 32 bytes */
export function hashFromWire(bytes: Uint8Array, what: string): Uint8Array {
  // a copy: whoever keeps it should not keep the message that it came in
  if (bytes.length === HASH_SIZE) return new Uint8Array(bytes);
  throw corruptAnswer(`${what}: ${bytes.length} bytes, not ${HASH_SIZE}`);
}

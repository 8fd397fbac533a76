import { bytesToHex } from '@noble/hashes/utils.js';
import { formatAddress } from '../../node/units.ts';
import type { RegisterNode } from '../../placement/registry/register-node.ts';

/** What `--json` tells of a registration. Bytes in hex. */
export function registrationFields(node: RegisterNode): Record<string, unknown> {
  return {
    storer: bytesToHex(node.storerKey),
    vrfKey: bytesToHex(node.vrfKey),
    address: addressOf(node),
    capacityGiB: node.capacityGiB,
    region: node.region,
    operator: bytesToHex(node.operatorId),
    owner: bytesToHex(node.owner),
  };
}

/** One line for people: key, address, capacity, region. */
export function registrationText(node: RegisterNode): string {
  const { storerKey, capacityGiB, region } = node;
  return `${bytesToHex(storerKey)}  ${addressOf(node)}  ${capacityGiB} GiB  region ${region}`;
}

/** Where a node is reached. */
export function addressOf({ host, grpcPort }: Pick<RegisterNode, 'host' | 'grpcPort'>): string {
  return formatAddress({ host, port: grpcPort });
}

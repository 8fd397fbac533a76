import { bytesToHex } from '@noble/hashes/utils.js';
import { HASH_SIZE } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { ListNodesRequest, ListNodesResponse } from '../generated/provender/v1/registry_service.ts';
import { asBuffer } from './data-codec.ts';
import { MAX_PAGE, REGISTRY_GRANTS, REGISTRY_METHODS } from './methods.ts';
import { networkOf, type NetworkServices } from './network-services.ts';
import type { NetworkView } from './network-view.ts';
import { networkToWire, nodeToWire } from './network-wire.ts';
import type { ServiceHost } from './service-host.ts';

const EMPTY = Buffer.alloc(0);

/** Puts `provender.v1.RegistryService` onto a server. @see proto/provender/v1/registry_service.proto */
export function addRegistryService(host: ServiceHost, network: NetworkServices | undefined): void {
  const { getNode, listNodes, getNetwork } = REGISTRY_METHODS;
  host.unary({ definition: getNode, grant: REGISTRY_GRANTS.getNode }, async ({ storerKey }) => {
    const { view } = networkOf(network);
    const node = view.node(checkedHash(storerKey, 'node key'));
    if (node === undefined) throw notRegistered(storerKey);
    return { node: nodeToWire(node), epoch: view.epoch() };
  });
  host.unary({ definition: listNodes, grant: REGISTRY_GRANTS.listNodes }, async (request) =>
    listed(networkOf(network).view, request),
  );
  host.unary({ definition: getNetwork, grant: REGISTRY_GRANTS.getNetwork }, async () =>
    networkToWire(networkOf(network).view.network()),
  );
}

function listed(view: NetworkView, { after, limit: asked }: ListNodesRequest): ListNodesResponse {
  const limit = asked === 0 ? MAX_PAGE : asked;
  if (limit > MAX_PAGE) {
    throw new ProvenderError('PROVENDER_INVALID', `page in entries: ${limit}, limit ${MAX_PAGE}`, {
      details: { found: limit, limit: MAX_PAGE },
    });
  }
  const page = view.nodes({ limit, ...(after.length > 0 && { after: checkedHash(after, 'after') }) });
  const next = page.next === undefined ? EMPTY : asBuffer(page.next);
  return { nodes: page.nodes.map(nodeToWire), next, epoch: view.epoch() };
}

/** A hash or key of a request. @throws ProvenderError `PROVENDER_INVALID` when it has other than 32 bytes */
export function checkedHash(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length === HASH_SIZE) return bytes;
  throw new ProvenderError('PROVENDER_INVALID', `${what}: ${bytes.length} bytes, not ${HASH_SIZE}`, {
    details: { found: bytes.length, limit: HASH_SIZE },
  });
}

function notRegistered(storerKey: Uint8Array): ProvenderError {
  return new ProvenderError(
    'PROVENDER_NOT_FOUND',
    `node ${bytesToHex(storerKey)} is not registered in this network; provender nodes lists those that are`,
  );
}

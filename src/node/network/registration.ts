import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ProvenderError } from '../../content/provender-error.ts';
import { OWNER_SIZE } from '../../placement/registry/registered-node.ts';
import { encodeRegisterNode } from '../../placement/registry/register-node.ts';
import { networkIdOf } from '../../placement/registry/genesis.ts';
import { proveVrf } from '../../vrf/kernels.ts';
import { registrationInput } from '../../vrf/selection-input.ts';
import { loadNodeKey } from '../node-key.ts';
import { NODE_KEY } from '../node-keys.ts';
import { parseAddress } from '../units.ts';
import { loadVrfSecret } from './vrf-secret.ts';

/** What a node registers with. */
export interface RegistrationOptions {
  /** Directory with its keys. */
  readonly dataDir: string;
  /** Name of the network. */
  readonly network: string;
  /** `host:port` of gRPC, as others reach it. */
  readonly address: string;
  /** Port of HTTP; 0 when others do not reach it. */
  readonly httpPort?: number;
  readonly capacityGiB: number;
  /** u16. Default 0. */
  readonly region?: number;
  /** Account of the owner, 20 bytes. Default: made of the node key, so that nodes of different keys have different ones. */
  readonly owner?: Uint8Array;
  /** 32 bytes. Default: the hash of the owner's account. */
  readonly operatorId?: Uint8Array;
  /** Default 1: the first registration. */
  readonly nonce?: bigint;
}

/**
 * The RegisterNode message of a data directory, signed with its keys.
 * @throws ProvenderError `PROVENDER_CONFIG` when a key is not there, `PROVENDER_INVALID` for a field that cannot be
 */
export async function makeRegistration(options: RegistrationOptions): Promise<Uint8Array> {
  const { dataDir, region = 0, httpPort = 0, nonce = 1n } = options;
  const { host, port } = parseAddress(options.address);
  if (port === 0)
    throw new ProvenderError('PROVENDER_INVALID', `address ${options.address}: port 0 is no place to call`);
  const node = await loadNodeKey(join(dataDir, NODE_KEY));
  if (node === undefined) {
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `${join(dataDir, NODE_KEY)} is not there; make it: provender keys new --data-dir ${dataDir}`,
    );
  }
  const { signer } = node;
  const vrf = await loadVrfSecret(dataDir);
  const networkId = networkIdOf(options.network);
  const storerKey = signer.publicKey;
  const input = registrationInput({ networkId, storerKey, vrfKey: vrf.publicKey });
  const vrfProof = proveVrf(vrf.secretKey, input);
  vrf.secretKey.fill(0);
  const owner = options.owner ?? createHash('sha256').update(storerKey).digest().subarray(0, OWNER_SIZE);
  const operatorId = options.operatorId ?? createHash('sha256').update(owner).digest();
  const place = { host, grpcPort: port, httpPort };
  const facts = { owner, operatorId, region, capacityGiB: options.capacityGiB, selfValue: 0n, nonce };
  return encodeRegisterNode(
    { networkId, storerKey, vrfKey: vrf.publicKey, vrfProof, ...facts, ...place },
    signer,
  );
}

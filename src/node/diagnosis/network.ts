import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import { Chain } from '../../placement/rounds/chain.ts';
import type { NetworkNode } from '../../rpc/client/index.ts';
import { checkPrimary, readGenesis } from '../network/read-genesis.ts';
import { loadNodeKey } from '../node-key.ts';
import { NODE_KEY, VRF_KEY } from '../node-keys.ts';
import type { NodeConfig } from '../settings.ts';
import { type Finding, failed } from './finding.ts';
import { askPrimaries } from './primaries.ts';

/** Public keys of a data directory, 32 bytes each. */
interface OwnKeys {
  readonly storerKey: Uint8Array;
  /** Absent where there is none. */
  readonly vrfKey?: Uint8Array;
}

/** What a registration has to fit. */
type Registered = Pick<NetworkNode, 'vrfKey' | 'retired'>;

const REGISTRATION = 'registration';

/**
 * Checks that the genesis file holds, that the primaries answer and are of the same network, and that the keys of the directory are those of a registered node.
 * A node that stands alone has nothing of it.
 *
 * @param directory - the data directory
 */
export async function* network(config: NodeConfig, directory: string): AsyncGenerator<Finding> {
  if (config.network === undefined) return;
  let genesis: Genesis;
  let own: OwnKeys | undefined;
  try {
    genesis = await readGenesis(config.network);
    yield genesisFinding(genesis);
    own = await ownKeys(directory);
  } catch (error) {
    yield failed('network', error);
    return;
  }
  if (own !== undefined && config.primary) yield roleFinding(genesis, own);
  const { findings, node } = await askPrimaries(genesis, config, own?.storerKey);
  yield* findings;
  yield registrationFinding(genesis, own, node);
}

function genesisFinding({ name, hash, primaries }: Genesis): Finding {
  const found = `${name}, genesis ${bytesToHex(hash)}, primaries: ${primaries.length}`;
  return { check: 'network', state: 'good', found };
}

async function ownKeys(directory: string): Promise<OwnKeys | undefined> {
  const node = await loadNodeKey(join(directory, NODE_KEY));
  if (node === undefined) return undefined;
  const vrf = await loadNodeKey(join(directory, VRF_KEY));
  return { storerKey: node.signer.publicKey, ...(vrf && { vrfKey: vrf.signer.publicKey }) };
}

function roleFinding(genesis: Genesis, { storerKey }: OwnKeys): Finding {
  try {
    checkPrimary(genesis, storerKey);
    return { check: 'role', state: 'good', found: 'the genesis names this node as a primary' };
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    const cure = 'Start without --primary, or with the keys of a primary.';
    return { check: 'role', state: 'bad', found: error.message, cure };
  }
}

/** @param answered - the node as a primary has it; otherwise round 0 has to do */
function registrationFinding(
  genesis: Genesis,
  own: OwnKeys | undefined,
  answered: Registered | undefined,
): Finding {
  const check = REGISTRATION;
  if (own === undefined) {
    const cure = 'Make keys and registration: provender network register, with the same --data-dir.';
    return { check, state: 'bad', found: 'the data directory has no node key yet', cure };
  }
  const key = bytesToHex(own.storerKey);
  const node = answered ?? Chain.from(genesis).registry.node(own.storerKey);
  if (node === undefined) {
    const cure = 'Hand a registration in: provender network register, then provender network join.';
    return { check, state: 'warning', found: `node ${key} is not registered, it will claim nothing`, cure };
  }
  if (node.retired) {
    const cure = 'Register with new keys: another --data-dir.';
    return { check, state: 'bad', found: `node ${key} has retired for good`, cure };
  }
  return vrfFinding(own, node);
}

function vrfFinding({ storerKey, vrfKey }: OwnKeys, node: Registered): Finding {
  const check = REGISTRATION;
  if (vrfKey !== undefined && compareBytes(vrfKey, node.vrfKey) === 0)
    return { check, state: 'good', found: `node ${bytesToHex(storerKey)} is registered with these keys` };
  const found = `${VRF_KEY} is ${vrfKey === undefined ? 'missing' : bytesToHex(vrfKey)}, registered is ${bytesToHex(node.vrfKey)}: no lottery can be won`;
  return { check, state: 'bad', found, cure: `Restore ${VRF_KEY} from your backup.` };
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvenderError } from '../../content/provender-error.ts';
import { parseAddress } from '../../node/units.ts';
import { makeNodeKeys } from '../../node/node-keys.ts';
import { writeDurably } from '../../node/durable-file.ts';
import { makeRegistration } from '../../node/network/registration.ts';
import type { NetworkParameters } from '../../placement/registry/network-parameters.ts';
import { decodeRegisterNode } from '../../placement/registry/register-node.ts';
import { formatGenesis, makeGenesis, parseGenesis } from '../../placement/registry/genesis.ts';
import { decodeRound } from '../../placement/rounds/round.ts';
import { freePorts } from './free-ports.ts';

/** A node of a devnet. */
export interface DevnetNode {
  /** `node-01`. */
  readonly name: string;
  readonly dataDir: string;
  /** `host:port` of gRPC. */
  readonly address: string;
  /** `host:port` of HTTP. */
  readonly httpAddress: string;
  readonly isPrimary: boolean;
}

/** A network on disk. */
export interface FoundedDevnet {
  readonly genesisFile: string;
  readonly nodes: readonly DevnetNode[];
}

const GENESIS = 'genesis.json';
const NETWORK = 'devnet';
const CAPACITY_GIB = 64;
const HOST = '127.0.0.1';
/** All nodes share the cores of one machine: a storer may take longer than one that has a machine of its own. */
const PARAMETERS = { commitMs: 20_000, bytesPerSecond: 2_000_000 };

/** Reads a devnet that was founded before. @throws ProvenderError `PROVENDER_CONFIG` when it has another number of storers */
export async function readDevnet(directory: string, storers: number): Promise<FoundedDevnet | undefined> {
  const genesisFile = join(directory, GENESIS);
  let text: string;
  try {
    text = await readFile(genesisFile, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const { records } = decodeRound(parseGenesis(text).round);
  if (records.length !== storers) {
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `${directory} has a network of ${records.length} storers, asked for are ${storers}; choose another with --dir, or remove it`,
      { details: { found: records.length, storers } },
    );
  }
  const nodes = records.map((record, i) => {
    const { grpcPort, httpPort } = decodeRegisterNode(record);
    return nodeOf(directory, i, { grpcPort, httpPort });
  });
  return { genesisFile, nodes };
}

/**
 * Makes keys, registrations and, last, the genesis file of a devnet.
 * @throws ProvenderError `PROVENDER_CONFIG` when the directory has anything in it, a founding that was cut off for instance
 */
export async function foundDevnet(
  directory: string,
  storers: number,
  parameters: Partial<NetworkParameters> = {},
): Promise<FoundedDevnet> {
  if ((await readdir(directory)).length > 0) {
    const cure = 'choose another with --dir, or remove it';
    throw new ProvenderError('PROVENDER_CONFIG', `${directory} has something in it, but no network; ${cure}`);
  }
  const ports = await freePorts(2 * storers);
  const nodes = Array.from({ length: storers }, (_, i) =>
    nodeOf(directory, i, { grpcPort: ports[2 * i] ?? 0, httpPort: ports[2 * i + 1] ?? 0 }),
  );
  const records: Uint8Array[] = [];
  for (const node of nodes) records.push(await register(node));
  const [first] = records;
  const [primary] = nodes;
  if (first === undefined || primary === undefined)
    throw new ProvenderError('PROVENDER_INVALID', 'a network of no nodes');
  const { storerKey } = decodeRegisterNode(first);
  const primaries = [{ storerKey, address: primary.address }];
  const unixMs = BigInt(Date.now());
  const genesis = makeGenesis({
    name: NETWORK,
    unixMs,
    records,
    primaries,
    parameters: { ...PARAMETERS, ...parameters },
  });
  const genesisFile = join(directory, GENESIS);
  await writeDurably(genesisFile, formatGenesis(genesis), { mode: 0o644, exclusive: true });
  return { genesisFile, nodes };
}

function nodeOf(
  directory: string,
  index: number,
  { grpcPort, httpPort }: { grpcPort: number; httpPort: number },
): DevnetNode {
  const name = `node-${String(index + 1).padStart(2, '0')}`;
  const dataDir = join(directory, name);
  const [address, httpAddress] = [`${HOST}:${grpcPort}`, `${HOST}:${httpPort}`];
  return { name, dataDir, address, httpAddress, isPrimary: index === 0 };
}

async function register({ dataDir, address, httpAddress }: DevnetNode): Promise<Uint8Array> {
  await makeNodeKeys(dataDir);
  const { port: httpPort } = parseAddress(httpAddress);
  return await makeRegistration({ dataDir, network: NETWORK, address, httpPort, capacityGiB: CAPACITY_GIB });
}

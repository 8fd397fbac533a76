import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { ProvenderError } from '../../../content/provender-error.ts';
import { writeDurably } from '../../../node/durable-file.ts';
import { type Address, parseEvmAddress } from '../../../payments/address.ts';
import { parseUint256 } from '../../../payments/uint256.ts';
import { freePorts } from '../free-ports.ts';

/** Ports of one replica. */
interface ReplicaPorts {
  readonly grpc: number;
  readonly http: number;
}

/** What a paying devnet has on disk besides the chain itself. */
export interface PaidFacts {
  readonly evmChainId: bigint;
  readonly chainPort: number;
  readonly token: Address;
  readonly mpe: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly channelId: bigint;
  readonly replicas: readonly ReplicaPorts[];
  /** Client and peer port of its etcd; absent where the replicas do not share their state. */
  readonly etcdPorts?: readonly [number, number];
}

const FILE = 'devnet.json';
const port = z.number().int().min(1).max(65_535);
const uint256 = z.string().transform((text) => parseUint256(text, FILE));
const FACTS = z.strictObject({
  evmChainId: uint256,
  chainPort: port,
  token: z.string().transform(parseEvmAddress),
  mpe: z.string().transform(parseEvmAddress),
  groupId: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((text) => hexToBytes(text)),
  channelId: uint256,
  replicas: z.array(z.strictObject({ grpc: port, http: port })).min(1),
  etcdPorts: z.tuple([port, port]).optional(),
});

/**
 * Reads what an earlier run left.
 * @returns undefined for a directory with nothing in it, which is made where there is none
 * @throws ProvenderError `PROVENDER_CONFIG` for a directory that has something else in it
 */
export async function readPaidFacts(directory: string): Promise<PaidFacts | undefined> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = await readdir(directory);
  if (names.length === 0) return undefined;
  const cure = 'choose another with --dir, or remove it';
  if (!names.includes(FILE))
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `${directory} has something in it, but no devnet with payments; ${cure}`,
    );
  try {
    const { etcdPorts, ...facts } = FACTS.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
    return { ...facts, ...(etcdPorts && { etcdPorts }) };
  } catch (error) {
    throw new ProvenderError('PROVENDER_CONFIG', `${directory}/${FILE} is not understood; ${cure}`, {
      cause: error,
    });
  }
}

/** Keeps them, last of all: without this file a directory is no devnet. */
export async function writePaidFacts(directory: string, facts: PaidFacts): Promise<void> {
  const { evmChainId, groupId, channelId, ...others } = facts;
  const written = {
    ...others,
    evmChainId: String(evmChainId),
    groupId: bytesToHex(groupId),
    channelId: String(channelId),
  };
  await writeDurably(join(directory, FILE), `${JSON.stringify(written, undefined, 2)}\n`, {
    mode: 0o600,
    exclusive: true,
  });
}

/** Ports for a new devnet. */
export async function newPorts(
  replicas: number,
  hasEtcd: boolean,
): Promise<Pick<PaidFacts, 'chainPort' | 'replicas' | 'etcdPorts'>> {
  const [chainPort = 0, client = 0, peer = 0, ...others] = await freePorts(3 + 2 * replicas);
  return {
    chainPort,
    replicas: Array.from({ length: replicas }, (_, i) => ({
      grpc: others[2 * i] ?? 0,
      http: others[2 * i + 1] ?? 0,
    })),
    ...(hasEtcd && { etcdPorts: [client, peer] as const }),
  };
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../../content/provender-error.ts';
import { writeDurably } from '../../../node/durable-file.ts';
import { GROUP_ID_SIZE } from '../../../payments/payment-keys.ts';
import { readKeyFile, type SigningKey } from '../../../rpc/client/index.ts';
import { type Anvil, startAnvil } from '../evm/anvil.ts';
import { deployEscrow } from '../evm/deploy-escrow.ts';
import { EscrowCalls } from '../evm/escrow-calls.ts';
import { makeEvmAccount } from '../evm/evm-account.ts';
import { newPorts, type PaidFacts, readPaidFacts, writePaidFacts } from './paid-facts.ts';

/** Tokens of the client, and how many of them the channel has. */
const DEPOSIT = 1_000_000n;
const VALUE = 100_000n;
/** Far above the threshold before the expiration at which nodes stop to accept a channel. */
const BLOCKS = 10_000_000n;

/** How a devnet with payments begins. */
export interface PaidFounding {
  readonly directory: string;
  readonly replicas: number;
  /** Told what was done, in words. */
  readonly onStep: (step: string, text: string) => void;
}

/** A chain with contract and channel, and the keys of both sides. */
export interface FoundedPaidDevnet {
  readonly facts: PaidFacts;
  readonly isKnown: boolean;
  readonly anvil: Anvil;
  readonly escrow: EscrowCalls;
  readonly provider: SigningKey;
  readonly client: SigningKey;
}

/** Paths of the key files. */
export function keyFiles(directory: string): { readonly provider: string; readonly client: string } {
  return { provider: join(directory, 'provider.key'), client: join(directory, 'client.key') };
}

/**
 * Starts the chain of a devnet; a new one gets token, contract and an open channel.
 * @throws ProvenderError `PROVENDER_CONFIG` for a directory that cannot go on; `PROVENDER_UNAVAILABLE` when the chain does not start
 */
export async function foundPaidDevnet(founding: PaidFounding): Promise<FoundedPaidDevnet> {
  const { directory, replicas } = founding;
  const known = await readPaidFacts(directory);
  if (known !== undefined && known.replicas.length !== replicas)
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `${directory} has a devnet of ${known.replicas.length} replicas, asked for are ${replicas}; choose another with --dir, or remove it`,
    );
  const ports = known ?? (await newPorts(replicas, replicas > 1));
  const anvil = await startAnvil({ port: ports.chainPort, directory: join(directory, 'chain') });
  try {
    return known === undefined ? await begin(founding, anvil, ports) : await goOn(founding, anvil, known);
  } catch (error) {
    await anvil.close();
    throw error;
  }
}

async function begin(
  { directory, onStep }: PaidFounding,
  anvil: Anvil,
  ports: Awaited<ReturnType<typeof newPorts>>,
): Promise<FoundedPaidDevnet> {
  const deployed = await deployEscrow(anvil.url);
  const { accounts, token, mpe, evmChainId } = deployed;
  const { deployer, provider, client } = accounts;
  onStep('deployed', `token ${token} and escrow ${mpe} on a chain of its own, ${anvil.url}`);
  const escrow = new EscrowCalls(anvil.url, deployed);
  await escrow.mint(deployer, client.address, DEPOSIT);
  await escrow.approve(client, DEPOSIT);
  await escrow.deposit(client, DEPOSIT);
  const groupId = new Uint8Array(randomBytes(GROUP_ID_SIZE));
  const expiration = (await escrow.blockNumber()) + BLOCKS;
  const recipient = provider.address;
  const channelId = await escrow.openChannel(client, { recipient, groupId, value: VALUE, expiration });
  onStep('opened', `channel ${channelId} with ${VALUE} tokens from ${client.address} to ${recipient}`);
  const files = keyFiles(directory);
  for (const [path, { privateKey }] of [[files.provider, provider] as const, [files.client, client] as const])
    await writeDurably(path, `${bytesToHex(privateKey)}\n`, { mode: 0o600, exclusive: true });
  const facts = { ...ports, token, mpe, evmChainId, groupId, channelId };
  await writePaidFacts(directory, facts);
  return { facts, isKnown: false, anvil, escrow, provider, client };
}

async function goOn(
  { directory, onStep }: PaidFounding,
  anvil: Anvil,
  facts: PaidFacts,
): Promise<FoundedPaidDevnet> {
  const escrow = new EscrowCalls(anvil.url, facts);
  const files = keyFiles(directory);
  const [provider, client] = await Promise.all(
    [files.provider, files.client].map((path) => readKeyFile(path, async () => undefined)),
  );
  if (provider === undefined || client === undefined)
    throw new ProvenderError('PROVENDER_INTERNAL', 'no keys');
  await escrow.balance(client.address).catch((cause: unknown) => {
    const text = `${directory}: its chain was not kept, since anvil was killed; choose another with --dir, or remove it`;
    throw new ProvenderError('PROVENDER_CONFIG', text, { cause });
  });
  // coins for the transactions of claims
  await makeEvmAccount(anvil.url, provider.privateKey);
  onStep('known', `the devnet of ${directory} goes on: escrow ${facts.mpe}, channel ${facts.channelId}`);
  return { facts, isKnown: true, anvil, escrow, provider, client };
}

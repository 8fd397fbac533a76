import { randomBytes } from 'node:crypto';
import { ProvenderError } from '../../../content/provender-error.ts';
import { EvmChainReader } from '../../../payments/chain/evm-chain-reader.ts';
import { EvmClaimSender } from '../../../payments/claims/settle/evm-claim-sender.ts';
import { settleClaims } from '../../../payments/claims/settle/settle-claims.ts';
import type { PaidEvent, ProvenderClient } from '../../../rpc/client/index.ts';
import type { PaidDevnet } from './paid-devnet.ts';

const FILE_SIZE = 64 * 1024;
const CHUNK_SIZE = 1000;
const POLL_MS = 100;

/** Told each step of a demonstration. */
export type OnStep = (step: string, text: string) => void;

/** Pays calls through the client of this program, on every replica, then takes the money as the provider. @throws ProvenderError as the parts do */
export async function demonstrate(devnet: PaidDevnet, onStep: OnStep): Promise<void> {
  const onPaid = ({ method, price, amount }: PaidEvent): void =>
    onStep('paid', `${method} cost ${price}; ${amount} in all on this nonce of the channel`);
  const clients = await Promise.all(devnet.replicas.map((replica) => devnet.client(replica, onPaid)));
  const [client] = clients;
  if (client === undefined) throw new ProvenderError('PROVENDER_INVALID', 'a devnet of no nodes');
  try {
    await payForAFile(client);
    for (const each of clients) await each.setShare(randomBytes(CHUNK_SIZE));
    await startClaim(devnet, client, onStep);
    await client.setShare(randomBytes(CHUNK_SIZE));
    onStep('next-nonce', 'calls are paid on the next nonce while the claim is pending');
    await settle(devnet, client, onStep);
  } finally {
    await Promise.all(clients.map((each) => each.close()));
  }
}

async function payForAFile(client: ProvenderClient): Promise<void> {
  const { stat } = await client.setFile({ sizeBytes: FILE_SIZE }, [randomBytes(FILE_SIZE)]);
  const { data } = await client.getFile(stat.id);
  for await (const _piece of data);
}

async function startClaim({ founded }: PaidDevnet, client: ProvenderClient, onStep: OnStep): Promise<void> {
  const { provider, facts } = founded;
  const unclaimed = await client.payments.listUnclaimed(provider);
  const own = unclaimed.find(({ channelId }) => channelId === facts.channelId);
  if (own === undefined)
    throw new ProvenderError('PROVENDER_CHANNEL', 'the paid channel has nothing to claim');
  onStep(
    'unclaimed',
    `the provider may claim ${own.amount} on nonce ${own.nonce} of channel ${own.channelId}`,
  );
  const { nonce, amount } = await client.payments.startClaim(own, provider);
  onStep(
    'claim-started',
    `the node hands out the signature over ${amount}, and goes on with nonce ${nonce + 1n}`,
  );
}

async function settle({ founded }: PaidDevnet, client: ProvenderClient, onStep: OnStep): Promise<void> {
  const { provider, facts, anvil, escrow } = founded;
  const { mpe, evmChainId } = facts;
  const claims = await client.payments.listInProgress(provider);
  await using chain = await EvmChainReader.open({ endpoints: [anvil.url], mpe, evmChainId });
  const { privateKey } = provider;
  const sender = await EvmClaimSender.open({
    endpoint: anvil.url,
    mpe,
    evmChainId,
    privateKey,
    pollMs: POLL_MS,
  });
  const before = await escrow.balance(provider.address);
  for await (const one of settleClaims({ claims, chain, sender })) {
    const how = one.is === 'paid' ? `paid ${one.claimed} in block ${one.block}, ${one.transaction}` : one.is;
    onStep('settled', `nonce ${one.nonce} of channel ${one.channelId}: ${how}`);
    if (one.is === 'failed') throw new ProvenderError('PROVENDER_CHANNEL', one.reason);
  }
  const open = await client.payments.listInProgress(provider);
  onStep('closed', `the node has seen it on the chain: ${open.length} claims are open`);
  const after = await escrow.balance(provider.address);
  onStep('balance', `the provider had ${before} tokens in the escrow and has ${after}`);
}

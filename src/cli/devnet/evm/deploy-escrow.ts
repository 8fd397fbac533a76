import { concat, encodeAbiParameters, getAddress, type Hex, parseAbiParameters } from 'viem';
import { ProvenderError } from '../../../content/provender-error.ts';
import { type Address, parseEvmAddress } from '../../../payments/address.ts';
import { readContractCode } from './contract-code.ts';
import { type EvmAccount, makeEvmAccount } from './evm-account.ts';
import { TransactionSender } from './transaction-sender.ts';

/** Where the contracts are. */
export interface EscrowContracts {
  readonly token: Address;
  readonly mpe: Address;
  readonly evmChainId: bigint;
}

/** Contracts on a local chain, with three accounts that have coins. */
export interface DeployedEscrow extends EscrowContracts {
  readonly accounts: {
    /** Has made the contracts and may make tokens. */
    readonly deployer: EvmAccount;
    readonly provider: EvmAccount;
    readonly client: EvmAccount;
  };
}

/** Makes the SingularityNET token and the MultiPartyEscrow contract on a local chain. */
export async function deployEscrow(url: string): Promise<DeployedEscrow> {
  const code = await readContractCode();
  const sender = new TransactionSender(url);
  const [deployer, provider, client] = await Promise.all([
    makeEvmAccount(url),
    makeEvmAccount(url),
    makeEvmAccount(url),
  ]);
  const names = encodeAbiParameters(parseAbiParameters('string, string'), ['SingularityNET Token', 'AGIX']);
  const token = await deploy(sender, deployer, concat([code.token, names]));
  const argument = encodeAbiParameters(parseAbiParameters('address'), [getAddress(token)]);
  const mpe = await deploy(sender, deployer, concat([code.escrow, argument]));
  const evmChainId = BigInt(await sender.client.getChainId());
  return { token, mpe, evmChainId, accounts: { deployer, provider, client } };
}

async function deploy(sender: TransactionSender, from: EvmAccount, data: Hex): Promise<Address> {
  const { contractAddress } = await sender.send(from, { data });
  if (contractAddress === null || contractAddress === undefined)
    throw new ProvenderError('PROVENDER_CHANNEL', 'the chain made no contract');
  return parseEvmAddress(contractAddress);
}

import { createTestClient, encodeFunctionData, parseAbi, parseEventLogs, toHex } from 'viem';
import { ProvenderError } from '../../../content/provender-error.ts';
import type { Address } from '../../../payments/address.ts';
import { ESCROW_ABI } from '../../../payments/chain/escrow-abi.ts';
import type { EscrowContracts } from './deploy-escrow.ts';
import type { EvmAccount } from './evm-account.ts';
import { TransactionSender } from './transaction-sender.ts';
import { evmTransport } from './evm-transport.ts';

const TOKEN_ABI = parseAbi([
  'function mint(address to, uint256 amount)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
]);

/** What a new channel is made of. */
export interface NewChannel {
  /** Who may sign payments besides the sender. Default: the sender. */
  readonly signer?: Address;
  readonly recipient: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly value: bigint;
  /** A block number. */
  readonly expiration: bigint;
}

/** What a provider hands to the contract. */
export interface ChannelClaim {
  readonly channelId: bigint;
  readonly amount: bigint;
  /** What was signed, where that is more. */
  readonly planned?: bigint;
  /** 65 bytes with v 27 or 28, as the contract wants it. */
  readonly signature: Uint8Array;
  /** Gives the rest back to the sender. Provender's own claims never do. */
  readonly isSendback?: boolean;
}

/** Calls of token and escrow on a local chain; each resolves when it is in a block. Errors: `PROVENDER_CHANNEL` with the contract's reason. */
export class EscrowCalls {
  readonly #contracts: EscrowContracts;
  readonly #url: string;
  readonly #sender: TransactionSender;

  constructor(url: string, contracts: EscrowContracts) {
    this.#contracts = contracts;
    this.#url = url;
    this.#sender = new TransactionSender(url);
  }

  /** Makes tokens. Only who has made the token may. */
  async mint(deployer: EvmAccount, to: Address, amount: bigint): Promise<void> {
    const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'mint', args: [to, amount] });
    await this.#sender.send(deployer, { to: this.#contracts.token, data });
  }

  /** Lets the escrow take tokens. */
  async approve(from: EvmAccount, amount: bigint): Promise<void> {
    const args = [this.#contracts.mpe, amount] as const;
    const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'approve', args });
    await this.#sender.send(from, { to: this.#contracts.token, data });
  }

  /** Moves tokens that were approved into the escrow. */
  async deposit(from: EvmAccount, amount: bigint): Promise<void> {
    await this.#escrow(
      from,
      encodeFunctionData({ abi: ESCROW_ABI, functionName: 'deposit', args: [amount] }),
    );
  }

  /** Gives the id of the channel. Its value comes from the deposit of `from`. */
  async openChannel(from: EvmAccount, channel: NewChannel): Promise<bigint> {
    const { signer = from.address, recipient, groupId, value, expiration } = channel;
    const args = [signer, recipient, toHex(groupId), value, expiration] as const;
    const data = encodeFunctionData({ abi: ESCROW_ABI, functionName: 'openChannel', args });
    const { logs } = await this.#sender.send(from, { to: this.#contracts.mpe, data });
    const [open] = parseEventLogs({ abi: ESCROW_ABI, eventName: 'ChannelOpen', logs });
    if (open === undefined) throw new ProvenderError('PROVENDER_CHANNEL', 'the contract opened no channel');
    return open.args.channelId;
  }

  /** Anybody may, from his own deposit. */
  async addFunds(from: EvmAccount, channelId: bigint, amount: bigint): Promise<void> {
    const args = [channelId, amount] as const;
    await this.#escrow(from, encodeFunctionData({ abi: ESCROW_ABI, functionName: 'channelAddFunds', args }));
  }

  /** Only the sender may, and never to an earlier block. */
  async extend(sender: EvmAccount, channelId: bigint, expiration: bigint): Promise<void> {
    const args = [channelId, expiration] as const;
    await this.#escrow(sender, encodeFunctionData({ abi: ESCROW_ABI, functionName: 'channelExtend', args }));
  }

  /** Takes what was signed on the nonce that the chain has. Only the recipient may; the expiration does not matter. */
  async claim(recipient: EvmAccount, claim: ChannelClaim): Promise<void> {
    const { channelId, amount, planned = amount, signature, isSendback = false } = claim;
    const [r, s] = [toHex(signature.subarray(0, 32)), toHex(signature.subarray(32, 64))];
    const args = [channelId, amount, planned, signature[64] ?? 0, r, s, isSendback] as const;
    await this.#escrow(
      recipient,
      encodeFunctionData({ abi: ESCROW_ABI, functionName: 'channelClaim', args }),
    );
  }

  /** Gives all back to the sender, who alone may, once the channel has expired. */
  async claimTimeout(sender: EvmAccount, channelId: bigint): Promise<void> {
    const args = [channelId] as const;
    await this.#escrow(
      sender,
      encodeFunctionData({ abi: ESCROW_ABI, functionName: 'channelClaimTimeout', args }),
    );
  }

  /** What an account has in the escrow, outside channels. */
  async balance(account: Address): Promise<bigint> {
    const { client } = this.#sender;
    const address = this.#contracts.mpe;
    return await client.readContract({ address, abi: ESCROW_ABI, functionName: 'balances', args: [account] });
  }

  /** What an account has of the token, outside the escrow. */
  async tokenBalance(account: Address): Promise<bigint> {
    const { client } = this.#sender;
    const address = this.#contracts.token;
    return await client.readContract({ address, abi: TOKEN_ABI, functionName: 'balanceOf', args: [account] });
  }

  /** The latest block. */
  async blockNumber(): Promise<bigint> {
    return await this.#sender.client.getBlockNumber({ cacheTime: 0 });
  }

  /** Makes empty blocks. */
  async mine(blocks: number): Promise<void> {
    await createTestClient({ mode: 'anvil', transport: evmTransport(this.#url) }).mine({ blocks });
  }

  async #escrow(from: EvmAccount, data: `0x${string}`): Promise<void> {
    await this.#sender.send(from, { to: this.#contracts.mpe, data });
  }
}

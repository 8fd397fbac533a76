import { setTimeout as sleep } from 'node:timers/promises';
import {
  BaseError,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  http,
  type PrivateKeyAccount,
  type PublicClient,
  toHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ProvenderError } from '../../../content/provender-error.ts';
import type { Address } from '../../address.ts';
import { maskEndpoint } from '../../chain/endpoint-secrets.ts';
import { ESCROW_ABI } from '../../chain/escrow-abi.ts';
import { addressOfKey } from '../../signatures.ts';
import type { ClaimSender, ClaimTransaction, ContractClaim } from './claim-sender.ts';

/** Whose claims are sent where. */
export interface EvmClaimSenderOptions {
  /** http or https. */
  readonly endpoint: string;
  readonly mpe: Address;
  readonly evmChainId: bigint;
  /** Of the recipient of the channels, 32 bytes. It is never shown. */
  readonly privateKey: Uint8Array;
  /** Between two questions whether a transaction is in a block. Default 1,000. */
  readonly pollMs?: number;
  /** Until a transaction has to be in a block, and deep enough. Default 600,000. */
  readonly confirmLimitMs?: number;
}

const TIMEOUT_MS = 10_000;
const POLL_MS = 1_000;
const CONFIRM_LIMIT_MS = 600_000;
/** r(32) ‖ s(32) ‖ v(1). */
const S_AT = 32;
const V_AT = 64;

/** Signs claims with a key of its own and sends them over one endpoint. Errors name the endpoint by its host only. */
export class EvmClaimSender implements ClaimSender {
  readonly address: Address;
  readonly #options: Required<Pick<EvmClaimSenderOptions, 'mpe' | 'pollMs' | 'confirmLimitMs'>>;
  readonly #url: URL;
  readonly #account: PrivateKeyAccount;
  readonly #client: PublicClient;

  private constructor(options: EvmClaimSenderOptions, url: URL) {
    const { mpe, privateKey, pollMs = POLL_MS, confirmLimitMs = CONFIRM_LIMIT_MS } = options;
    this.address = addressOfKey(privateKey);
    this.#options = { mpe, pollMs, confirmLimitMs };
    this.#url = url;
    this.#account = privateKeyToAccount(toHex(privateKey));
    this.#client = createPublicClient({ transport: transportOf(url), pollingInterval: pollMs });
  }

  /**
   * Asks the endpoint for its chain.
   * @throws ProvenderError `PROVENDER_CONFIG` for a URL that is none and for another chain; `PROVENDER_INVALID` for a key that is none;
   *   `PROVENDER_CHANNEL` when it does not answer
   */
  static async open(options: EvmClaimSenderOptions): Promise<EvmClaimSender> {
    const { endpoint, evmChainId } = options;
    if (!URL.canParse(endpoint))
      throw new ProvenderError('PROVENDER_CONFIG', 'the RPC endpoint is not a URL');
    const url = new URL(endpoint);
    const sender = new EvmClaimSender(options, url);
    const found = await sender.#ask('does not tell its chain', () => sender.#client.getChainId());
    if (BigInt(found) === evmChainId) return sender;
    const message = `RPC endpoint ${url.host} has EVM chain id ${found}, expected ${evmChainId}`;
    throw new ProvenderError('PROVENDER_CONFIG', message, { details: { found, expected: evmChainId } });
  }

  transactionOf({ channelId, amount, signedAmount, signature }: ContractClaim): ClaimTransaction {
    const [r, s] = [toHex(signature.subarray(0, S_AT)), toHex(signature.subarray(S_AT, V_AT))];
    // The last one is isSendback: views of the channel that replicas have cached would overstate it then.
    const args = [channelId, amount, signedAmount, signature[V_AT] ?? 0, r, s, false] as const;
    const data = encodeFunctionData({ abi: ESCROW_ABI, functionName: 'channelClaim', args });
    return { to: this.#options.mpe, from: this.address, data };
  }

  async simulate({ to, data }: ClaimTransaction): Promise<void> {
    await this.#ask('would refuse the claim', () => this.#client.call({ account: this.address, to, data }));
  }

  async settled(): Promise<void> {
    const end = performance.now() + this.#options.confirmLimitMs;
    for (;;) {
      const [sent, done] = await Promise.all([this.#count('pending'), this.#count('latest')]);
      if (sent <= done) return;
      if (performance.now() > end) {
        const message = `${sent - done} earlier transactions of ${this.address} are in no block yet; wait for them, or replace them with your wallet`;
        throw new ProvenderError('PROVENDER_CHANNEL', message);
      }
      await sleep(this.#options.pollMs);
    }
  }

  async send({ to, data }: ClaimTransaction): Promise<`0x${string}`> {
    const wallet = createWalletClient({ account: this.#account, transport: transportOf(this.#url) });
    return await this.#ask('does not take the claim', () =>
      wallet.sendTransaction({ chain: null, to, data }),
    );
  }

  async confirmed(hash: `0x${string}`, confirmations: number): Promise<{ readonly block: bigint }> {
    const timeout = this.#options.confirmLimitMs;
    const { status, blockNumber } = await this.#ask('does not show it in a block', () =>
      this.#client.waitForTransactionReceipt({ hash, confirmations, timeout, checkReplacement: false }),
    );
    if (status === 'success') return { block: blockNumber };
    throw new ProvenderError(
      'PROVENDER_CHANNEL',
      'the contract refused it; somebody else may have claimed before',
    );
  }

  #count(blockTag: 'pending' | 'latest'): Promise<number> {
    const { address } = this;
    return this.#ask('does not count transactions', () =>
      this.#client.getTransactionCount({ address, blockTag }),
    );
  }

  /** The texts of viem hold the URL and what was sent: only their first line goes on, without what is secret in the URL. */
  async #ask<T>(failure: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const reason = error instanceof BaseError ? `${error.shortMessage} ${error.details}` : String(error);
      const text = maskEndpoint(reason.replaceAll(/\s+/g, ' ').trim(), this.#url);
      throw new ProvenderError('PROVENDER_CHANNEL', `the chain at ${this.#url.host} ${failure}: ${text}`);
    }
  }
}

/** Requests are not repeated: a claim that is sent twice costs twice. */
function transportOf(url: URL): ReturnType<typeof http> {
  return http(url.href, { timeout: TIMEOUT_MS, retryCount: 0 });
}

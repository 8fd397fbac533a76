import {
  createPublicClient,
  createWalletClient,
  type Hex,
  type PublicClient,
  toHex,
  type TransactionReceipt,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ProvenderError } from '../../../content/provender-error.ts';
import type { Address } from '../../../payments/address.ts';
import type { EvmAccount } from './evm-account.ts';
import { evmTransport } from './evm-transport.ts';

/** A call of a contract, or without `to` the making of one. */
export interface EvmTransaction {
  readonly to?: Address;
  readonly data: Hex;
}

const POLL_MS = 50;

/** Sends transactions to a local chain, one at a time, so that those of one account get their nonces in order. */
export class TransactionSender {
  readonly client: PublicClient;
  readonly #url: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string) {
    this.#url = url;
    this.client = createPublicClient({ transport: evmTransport(url), pollingInterval: POLL_MS });
  }

  /** Resolves when the transaction is in a block. @throws ProvenderError `PROVENDER_CHANNEL` with the reason when the contract refuses it */
  send(from: EvmAccount, transaction: EvmTransaction): Promise<TransactionReceipt> {
    const sent = this.#last.then(() => this.#sendNow(from, transaction));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async #sendNow(from: EvmAccount, { to, data }: EvmTransaction): Promise<TransactionReceipt> {
    const account = privateKeyToAccount(toHex(from.privateKey));
    const wallet = createWalletClient({ account, transport: evmTransport(this.#url) });
    try {
      const hash = await wallet.sendTransaction({ chain: null, data, ...(to === undefined ? {} : { to }) });
      const receipt = await this.client.waitForTransactionReceipt({ hash });
      if (receipt.status === 'success') return receipt;
      throw new ProvenderError('PROVENDER_CHANNEL', `the contract refuses transaction ${hash}`);
    } catch (cause) {
      if (cause instanceof ProvenderError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProvenderError('PROVENDER_CHANNEL', `the chain refuses a transaction: ${reason}`, { cause });
    }
  }
}

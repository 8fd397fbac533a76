import type { Address } from '../../../payments/address.ts';
import type { ClientPayments, PaidAttempt, PaidCall, PayableNode, PaymentTerms } from '../client-payments.ts';
import { ChannelLock } from './channel-lock.ts';
import { ChannelSession } from './channel-session.ts';
import type { SigningKey } from './key-file.ts';
import { deadlineOf, type PaidEvent, PaidAttempts } from './paid-attempts.ts';
import { checkPrice, PriceBook } from './price-book.ts';
import { WaitingLine } from './waiting-line.ts';
import { pinnedMpe, WalletFile } from './wallet-file.ts';

/** Where a wallet finds its channel. */
export interface ChannelWalletOptions {
  readonly key: SigningKey;
  /** Holds one JSON file for each channel; made where there is none. Beside the key file by custom: `<key file>.channels`. */
  readonly directory: string;
  readonly channelId: bigint;
  /** The contract that payments are signed for. Else the one of the first payment on this channel, then and for ever. */
  readonly mpe?: Address;
  /** Most that one call may cost, in the smallest token unit; no bound when absent. */
  readonly maxPrice?: bigint;
  /** Told each call that was paid. Must not throw. */
  readonly onPaid?: (event: PaidEvent) => void;
}

/**
 * Pays for calls from one channel. What it signs is on disk before it is sent, so that no crash makes it pay a call twice or lose count; calls wait for
 * each other, also those of other processes. One wallet may serve clients of several replicas of one provider.
 *
 * @example
 * const key = await readKeyFile('payer.key', async () => undefined);
 * const payments = new ChannelWallet({ key, directory: 'payer.key.channels', channelId: 1n, maxPrice: 1000n });
 * await using client = await ProvenderClient.open({ address, payments });
 * @see payment-channels.md, sections 5 to 8
 */
export class ChannelWallet implements ClientPayments {
  readonly #options: ChannelWalletOptions;
  readonly #prices = new PriceBook();
  readonly #line = new WaitingLine();
  #mpe: Address | undefined;

  constructor(options: ChannelWalletOptions) {
    this.#options = options;
    this.#mpe = options.mpe;
  }

  /** Makes a call with what it costs. @throws ProvenderError as `ClientPayments`; `PROVENDER_BUSY` when other calls keep the channel too long */
  async pay<T>(call: PaidCall, node: PayableNode, attempt: PaidAttempt<T>): Promise<T> {
    const deadline = deadlineOf(call);
    const price = await this.#prices.price(call, node, deadline.leftMs());
    const terms = await this.#prices.terms(node, deadline.leftMs());
    if (price === 0n || terms === undefined) return await attempt([], deadline.leftMs());
    checkPrice(call, price, this.#options.maxPrice);
    const leave = await this.#line.enter({ waitMs: deadline.leftMs(), signal: call.signal });
    try {
      const file = await this.#file(terms);
      const wait = { waitMs: deadline.leftMs(), signal: call.signal };
      await using _lock = await ChannelLock.open(file.lockPath, wait);
      const { key, maxPrice, onPaid } = this.#options;
      const prices = this.#prices;
      const session = await ChannelSession.open({ file, key, prices }, terms);
      const attempts = new PaidAttempts({ call, node, session, prices, deadline, maxPrice, onPaid });
      return await attempts.run(price, attempt);
    } finally {
      leave();
    }
  }

  /** The contract is what was told, else what was pinned before, else what the node says the first time. */
  async #file({ mpe }: PaymentTerms): Promise<WalletFile> {
    const { directory, channelId } = this.#options;
    this.#mpe ??= (await pinnedMpe(directory, channelId)) ?? mpe;
    return new WalletFile(directory, this.#mpe, channelId);
  }
}

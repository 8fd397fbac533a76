import { ProvenderError } from '../../../content/provender-error.ts';
import type { Payment } from '../../../payments/payment.ts';
import { recoverSigner, signMessage } from '../../../payments/signatures.ts';
import { channelStateMessage, paymentMessage } from '../../../payments/signed-messages.ts';
import type { PayableNode, PaymentTerms, StatedChannel } from '../client-payments.ts';
import type { SigningKey } from './key-file.ts';
import type { PriceBook } from './price-book.ts';
import type { WalletFile } from './wallet-file.ts';
import type { WalletRecord } from './wallet-record.ts';

/** What the state of a channel says about the payment that was tried last. */
export type TriedOutcome =
  /** None was. */
  | 'none'
  /** It counts: sent again, it is served only where the node owes the call. */
  | 'taken'
  /** It does not count, or not yet: sent again, it cannot count twice. */
  | 'open'
  /** It does not count and cannot any more: somebody else paid with this key, or the provider has started its claim. */
  | 'over';

/** Where a session works. */
export interface SessionPlace {
  readonly file: WalletFile;
  readonly key: SigningKey;
  readonly prices: PriceBook;
}

/** One channel while one call is paid; its lock is held. The file is never behind what was sent. */
export class ChannelSession {
  readonly #place: SessionPlace;
  #record: WalletRecord | undefined;

  private constructor(place: SessionPlace, record: WalletRecord | undefined) {
    this.#place = place;
    this.#record = record;
  }

  /**
   * Reads what is known of the channel.
   * @throws ProvenderError `PROVENDER_CORRUPT`; `PROVENDER_CONFIG` when it belongs to another key; `PROVENDER_CHANNEL` when the node wants payments
   *   for another contract or on another chain
   */
  static async open(place: SessionPlace, terms: PaymentTerms): Promise<ChannelSession> {
    const record = await place.file.read();
    if (record !== undefined && record.payer !== place.key.address)
      throw new ProvenderError(
        'PROVENDER_CONFIG',
        `${place.file.path}: was paid on by ${record.payer}, the key is that of ${place.key.address}: give the key that paid`,
      );
    const session = new ChannelSession(place, record);
    session.#checkTerms(terms);
    return session;
  }

  /** Whether the node has to be asked before anything can be paid: nothing is known, or the last outcome for another call is not. */
  isUnsure(request: Uint8Array): boolean {
    const { trying } = this.#record ?? {};
    return this.#record === undefined || (trying !== undefined && !isSame(trying.request, request));
  }

  /** Nonce and amount on which the next payment builds; they change when the node says so. */
  get base(): string {
    return `${this.#record?.nonce}/${this.#record?.accepted}`;
  }

  /**
   * Gives the payment of a call, durable on this side. A call that was tried before gets the identical payment again.
   * @param price - in the smallest token unit
   */
  async prepare(price: bigint, request: Uint8Array): Promise<Payment> {
    const record = this.#known();
    const { channelId, nonce, trying } = record;
    if (trying !== undefined && isSame(trying.request, request))
      return { channelId, nonce, amount: trying.amount, signature: trying.signature };
    const amount = record.accepted + price;
    const { file, key } = this.#place;
    const message = paymentMessage(file.mpe, { channelId, nonce, amount });
    const signature = signMessage(message, key.privateKey);
    await this.#write({ ...record, trying: { amount, signature, request } });
    return { channelId, nonce, amount, signature };
  }

  /** The node has taken a payment. */
  async accept({ nonce, amount }: Payment): Promise<void> {
    const { trying: _tried, ...record } = this.#known();
    await this.#write({ ...record, nonce, accepted: amount });
  }

  /** The node has refused the payment for good: its amount is free for another call. */
  async takeBack(): Promise<void> {
    const { trying, ...record } = this.#known();
    if (trying !== undefined) await this.#write(record);
  }

  /**
   * Asks the node what it holds of the channel, and goes on from there.
   * @throws ProvenderError `PROVENDER_CHANNEL` when what it states was not signed by this key; and what the node throws
   */
  async recover(node: PayableNode, leftMs: number): Promise<TriedOutcome> {
    const { file, key, prices } = this.#place;
    const { mpe, channelId } = file;
    const terms = await prices.refresh(node, leftMs);
    if (terms === undefined)
      throw new ProvenderError('PROVENDER_CHANNEL', 'the node takes no payments any more: ask its operator');
    this.#checkTerms(terms);
    const { block, evmChainId } = terms;
    if (block === undefined)
      throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the node knows no block of the chain: repeat later');
    const signature = signMessage(channelStateMessage(mpe, channelId, block), key.privateKey);
    const stated = await node.channelState({ channelId, block, signature }, leftMs);
    this.#checkStated(stated);
    const before = this.#record;
    const outcome = outcomeOf(before, stated);
    const trying = outcome === 'open' ? before?.trying : undefined;
    const { nonce, amount: accepted } = stated;
    const payer = key.address;
    await this.#write({
      mpe,
      evmChainId,
      channelId,
      payer,
      nonce,
      accepted,
      ...(trying && { trying }),
    });
    return outcome;
  }

  #known(): WalletRecord {
    if (this.#record !== undefined) return this.#record;
    throw new ProvenderError('PROVENDER_INTERNAL', 'a channel was paid on before it was known');
  }

  async #write(record: WalletRecord): Promise<void> {
    await this.#place.file.write(record);
    this.#record = record;
  }

  /** A signature names the contract and no chain: neither may change. */
  #checkTerms({ mpe, evmChainId }: PaymentTerms): void {
    const { file } = this.#place;
    const { mpe: pinned } = file;
    if (mpe !== pinned)
      throw new ProvenderError(
        'PROVENDER_CHANNEL',
        `the node takes payments through contract ${mpe}, this channel is in ${pinned}: nothing was signed; use a channel of that contract (--mpe, --channel)`,
        { details: { mpe, pinned } },
      );
    const known = this.#record?.evmChainId;
    if (known !== undefined && known !== evmChainId)
      throw new ProvenderError(
        'PROVENDER_CHANNEL',
        `the node takes payments on Ethereum chain ${evmChainId}, ${file.path} is of chain ${known}: nothing was signed; use another key for each chain`,
        { details: { evmChainId, known } },
      );
  }

  /** Paying on top of an amount that this key never signed would give it away. */
  #checkStated(stated: StatedChannel): void {
    const { key, file } = this.#place;
    const { mpe, channelId } = file;
    const check = (nonce: bigint, amount: bigint, signature: Uint8Array | undefined): void => {
      const message = paymentMessage(mpe, { channelId, nonce, amount });
      const signer = signature === undefined ? undefined : recoverSigner(message, signature);
      if (signer === key.address) return;
      throw new ProvenderError(
        'PROVENDER_CHANNEL',
        `channel ${channelId}: the node states that ${amount} was paid on nonce ${nonce}, signed by ${signer ?? 'nobody'}; this key is ${key.address}: pay with the key that paid before`,
        { details: { channelId, nonce, amount } },
      );
    };
    const { nonce, amount, signature, old } = stated;
    if (amount > 0n) check(nonce, amount, signature);
    if (old !== undefined && old.amount > 0n) check(nonce - 1n, old.amount, old.signature);
  }
}

function outcomeOf(record: WalletRecord | undefined, stated: StatedChannel): TriedOutcome {
  const { trying, nonce = 0n, accepted } = record ?? {};
  if (trying === undefined) return 'none';
  if (stated.nonce === nonce && stated.amount < trying.amount)
    return stated.amount === accepted ? 'open' : 'over';
  const { old } = stated;
  // where nothing tells, the caller is not made to pay once more by itself
  return stated.nonce === nonce + 1n && old !== undefined && old.amount < trying.amount ? 'over' : 'taken';
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

import type { PaymentReply } from '../../generated/escrow/control_service.ts';
import type { Address } from '../../payments/address.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { ClaimablePayment } from '../../payments/claims/claimable-payment.ts';
import { signMessage } from '../../payments/signatures.ts';
import {
  channelStateMessage,
  listInProgressMessage,
  listUnclaimedMessage,
  startClaimMessage,
} from '../../payments/signed-messages.ts';
import { parseUint256, uint256Bytes, uint256FromBytes } from '../../payments/uint256.ts';
import { asBuffer } from '../data-codec.ts';
import { PRICE_METHODS, PROVIDER_CONTROL_METHODS } from '../methods.ts';
import type { Caller, ClientCallOptions } from './caller.ts';
import type { PayableNode, PaymentTerms, ServedRange, StatedChannel } from './client-payments.ts';
import { payableNode, rangeToWire } from './payable-node.ts';
import type { SigningKey } from './wallet/key-file.ts';

/** What a quote is about: content bytes, or a range of an object; nothing for methods that are not charged by size. */
export type QuotedContent = { readonly bytes: bigint } | { readonly range: ServedRange };

/** What one call costs. */
export interface Quote {
  /** In the smallest unit of the token. */
  readonly price: bigint;
  /** Content bytes that it is charged for. */
  readonly bytes: bigint;
  /** Of the prices. */
  readonly version: bigint;
}

/**
 * Prices, states of channels, and claims of the provider, as a node tells and takes them. None of these calls costs anything. Every call rejects with
 * `PROVENDER_UNSUPPORTED` at a node that takes no payments.
 */
export class PaymentCalls {
  readonly #caller: Caller;
  readonly #node: PayableNode;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.#node = payableNode(() => caller);
  }

  /** Prices of all methods, and what a channel for them has to be opened with. */
  async terms({ timeoutMs = TIMEOUT_MS }: ClientCallOptions = {}): Promise<PaymentTerms> {
    return await this.#node.terms(timeoutMs);
  }

  /** What one call costs. @param method - `SetFile` @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_INVALID` */
  async quote(
    method: string,
    content: QuotedContent | undefined,
    options: ClientCallOptions = {},
  ): Promise<Quote> {
    const request = { method, ...(content !== undefined && { content: contentToWire(content) }) };
    const { price, sizeBytes, version } = await this.#caller.read(
      PRICE_METHODS.quote,
      { content: undefined, ...request },
      options,
    );
    return { price: parseUint256(price, 'price'), bytes: sizeBytes, version };
  }

  /** What was paid on a channel; for its sender, signer or recipient. @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_UNPAID` */
  async channelState(
    channelId: bigint,
    key: SigningKey,
    { timeoutMs = TIMEOUT_MS }: ClientCallOptions = {},
  ): Promise<StatedChannel> {
    const { mpe, block } = await this.#now(timeoutMs);
    const signature = signMessage(channelStateMessage(mpe, channelId, block), key.privateKey);
    return await this.#node.channelState({ channelId, block, signature }, timeoutMs);
  }

  /** Channels with something to claim, without signatures; for the provider. */
  async listUnclaimed(key: SigningKey, options: ClientCallOptions = {}): Promise<ClaimablePayment[]> {
    const request = await this.#listRequest(key, listUnclaimedMessage, options);
    const { payments } = await this.#caller.read(PROVIDER_CONTROL_METHODS.getListUnclaimed, request, options);
    return payments.map(paymentFromWire);
  }

  /** Claims that were started and are not over, with their signatures; for the provider. */
  async listInProgress(key: SigningKey, options: ClientCallOptions = {}): Promise<ClaimablePayment[]> {
    const request = await this.#listRequest(key, listInProgressMessage, options);
    const { payments } = await this.#caller.read(
      PROVIDER_CONTROL_METHODS.getListInProgress,
      request,
      options,
    );
    return payments.map(paymentFromWire);
  }

  /**
   * Starts the claim of a channel: from now on it is paid on the next nonce. For the provider.
   * @param claim - `nonce` is the latest one that has a payment; it is signed for, so that the request works once
   * @throws ProvenderError `PROVENDER_CHANNEL_BUSY` when a call or a claim has the channel, or nothing was signed
   */
  async startClaim(
    { channelId, nonce }: Pick<ClaimablePayment, 'channelId' | 'nonce'>,
    key: SigningKey,
    options: ClientCallOptions = {},
  ): Promise<ClaimablePayment> {
    const { mpe } = await this.#node.terms(options.timeoutMs ?? TIMEOUT_MS);
    const request = {
      mpeAddress: mpe,
      channelId: asBuffer(uint256Bytes(channelId)),
      signature: asBuffer(signMessage(startClaimMessage(mpe, channelId, nonce), key.privateKey)),
    };
    return paymentFromWire(await this.#caller.change(PROVIDER_CONTROL_METHODS.startClaim, request, options));
  }

  async #listRequest(
    key: SigningKey,
    message: (mpe: Address, block: bigint) => Uint8Array,
    { timeoutMs = TIMEOUT_MS }: ClientCallOptions,
  ) {
    const { mpe, block } = await this.#now(timeoutMs);
    const signature = asBuffer(signMessage(message(mpe, block), key.privateKey));
    return { mpeAddress: mpe, currentBlock: block, signature };
  }

  async #now(timeoutMs: number): Promise<{ readonly mpe: Address; readonly block: bigint }> {
    const { mpe, block } = await this.#node.terms(timeoutMs);
    if (block !== undefined) return { mpe, block };
    throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the node knows no block of the chain: repeat later');
  }
}

const TIMEOUT_MS = 10_000;

function contentToWire(content: QuotedContent) {
  return 'bytes' in content
    ? { $case: 'sizeBytes' as const, value: content.bytes }
    : { $case: 'range' as const, value: rangeToWire(content.range) };
}

function paymentFromWire(reply: PaymentReply): ClaimablePayment {
  return {
    channelId: uint256FromBytes(reply.channelId, 'channel id'),
    nonce: uint256FromBytes(reply.channelNonce, 'nonce'),
    amount: uint256FromBytes(reply.signedAmount, 'amount'),
    ...(reply.signature.length > 0 && { signature: reply.signature }),
    expiration: uint256FromBytes(reply.channelExpiry, 'expiration'),
  };
}

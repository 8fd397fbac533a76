import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type { Address } from './address.ts';
import { checkBlockWindow } from './block-window.ts';
import type { ChainOptions, ChainReader, ChannelView } from './chain/chain-reader.ts';
import { type HeldChannel, readEnded, readHeldChannel, type RecordPlace } from './held-records.ts';
import { type ChannelFacts, type MergedChannel, mergeChannel, needsEnded } from './merge.ts';
import { recoverSigner } from './signatures.ts';
import { channelStateMessage } from './signed-messages.ts';
import { uint256FromBytes } from './uint256.ts';
import type { PaymentPolicy } from './validate.ts';

/** A signed question for the state of a channel. */
export interface ChannelStateRequest {
  /** Big-endian, 1 to 32 bytes. */
  readonly channelId: Uint8Array;
  /** Of the channel's signer, sender or recipient, 65 bytes. */
  readonly signature: Uint8Array;
  /** The block that was signed. */
  readonly currentBlock: bigint;
}

/** What a client has to know to go on paying. While a call of the channel is in progress it is not final. */
export interface ChannelStateReply {
  /** The nonce that the next payment has to have. */
  readonly currentNonce: bigint;
  /** What was signed on it; absent, with its signature, when nothing was. */
  readonly currentSignedAmount?: bigint;
  readonly currentSignature?: Uint8Array;
  /** What was signed on the nonce before, while the chain does not show that as over. */
  readonly oldNonceSignedAmount?: bigint;
  readonly oldNonceSignature?: Uint8Array;
}

/** What the answers are made from. */
export interface ChannelStatesOptions extends RecordPlace {
  readonly chain: ChainReader;
  readonly policy: Pick<PaymentPolicy, 'mpe'>;
}

/** Blocks before its expiration from which on a view that was read earlier answers no more: the sender may take the channel back then. */
const MARGIN = 20n;

/** Says what was paid on a channel to those who may know. Takes no lock. @see payment-channels.md, section 8 */
export class ChannelStates {
  readonly #options: ChannelStatesOptions;

  constructor(options: ChannelStatesOptions) {
    this.#options = options;
  }

  /**
   * Answers with the first failing check in the order of the section.
   * @throws ProvenderError `PROVENDER_INVALID` for an id of another form; `PROVENDER_UNPAID` for signature, signer or block; `PROVENDER_NOT_FOUND`;
   * `PROVENDER_CHANNEL` when chain and store cannot be read, or contradict each other
   */
  async answer(request: ChannelStateRequest, options?: ChainOptions): Promise<ChannelStateReply> {
    const channelId = uint256FromBytes(request.channelId, 'channel id');
    const message = channelStateMessage(this.#options.policy.mpe, channelId, request.currentBlock);
    const asker = recoverSigner(message, request.signature);
    if (asker === undefined) throw new ProvenderError('PROVENDER_UNPAID', 'incorrect signature');
    const held = await this.#lookUp(channelId, asker, options);
    checkBlockWindow(request.currentBlock, this.#options.chain.currentBlock());
    return await this.#merge(channelId, held, options);
  }

  async #lookUp(channelId: bigint, asker: Address, options?: ChainOptions): Promise<HeldChannel> {
    const held = await this.#channelErrors(() => readHeldChannel(this.#options, channelId, options));
    const parties = held.stored ?? (await this.#channelErrors(() => this.#view(channelId, options)));
    if (parties === undefined)
      throw new ProvenderError('PROVENDER_NOT_FOUND', `channel is not found, channelId: ${channelId}`);
    if (![parties.signer, parties.sender, parties.recipient].includes(asker)) {
      const message = 'only channel signer/sender/receiver can get latest channel state';
      throw new ProvenderError('PROVENDER_UNPAID', message);
    }
    return held;
  }

  async #merge(channelId: bigint, held: HeldChannel, options?: ChainOptions): Promise<ChannelStateReply> {
    const cached = this.#safeView(channelId);
    if (cached !== undefined) {
      try {
        return await this.#replyFrom(cached, held);
      } catch (error) {
        // What the chain said earlier refuses nothing: it is asked again.
        if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
      }
    }
    const view = await this.#channelErrors(() => this.#options.chain.read(channelId, options));
    if (view === undefined)
      throw new ProvenderError('PROVENDER_CHANNEL', 'unable to read channel details from blockchain.');
    return await this.#replyFrom(view, held);
  }

  /** What was read earlier, if nobody but the recipient can have changed the channel since. */
  #safeView(channelId: bigint): ChannelView | undefined {
    const { chain } = this.#options;
    const view = chain.cached(channelId);
    return view !== undefined && chain.currentBlock() + MARGIN < view.expiration ? view : undefined;
  }

  #view(channelId: bigint, options?: ChainOptions): Promise<ChannelView | undefined> {
    const view = this.#options.chain.cached(channelId);
    return view === undefined ? this.#options.chain.read(channelId, options) : Promise.resolve(view);
  }

  #replyFrom(view: ChannelView, { stored, claim }: HeldChannel): Promise<ChannelStateReply> {
    return this.#channelErrors(async () => {
      const facts = { view, stored, claim };
      const ended = needsEnded(facts) ? await readEnded(this.#options, view.channelId) : [];
      refuseMissingAmount({ ...facts, ended });
      return toReply(mergeChannel({ ...facts, ended }));
    });
  }

  async #channelErrors<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_CHANNEL') || error.message === MISSING) throw error;
      throw new ProvenderError('PROVENDER_CHANNEL', `channel error:${error.message}`, { cause: error });
    }
  }
}

const MISSING =
  'channel has different nonce in local storage and blockchain and old payment is not found in storage';

/** A nonce that the chain does not show as over has to be held, or the client would be told of too many tokens. */
function refuseMissingAmount({ view, stored, claim, ended }: ChannelFacts): void {
  if (stored === undefined) return;
  const held = new Set([...ended.map(({ nonce }) => nonce), claim?.nonce]);
  for (let nonce = view.nonce; nonce < stored.nonce; nonce += 1n)
    if (!held.has(nonce)) throw new ProvenderError('PROVENDER_CHANNEL', MISSING);
}

function toReply({ nonce, authorizedAmount, signature, pending }: MergedChannel): ChannelStateReply {
  const old = pending.at(-1);
  return {
    currentNonce: nonce,
    ...(signature === undefined
      ? {}
      : { currentSignedAmount: authorizedAmount, currentSignature: signature }),
    ...(old === undefined ? {} : { oldNonceSignedAmount: old.amount, oldNonceSignature: old.signature }),
  };
}

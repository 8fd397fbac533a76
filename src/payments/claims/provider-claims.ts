import { isProvenderError, type ProvenderError } from '../../content/provender-error.ts';
import type { ChainOptions } from '../chain/chain-reader.ts';
import { readHeldChannel } from '../held-records.ts';
import {
  listInProgressMessage,
  listUnclaimedMessage,
  startClaimMessage,
  startClaimsMessage,
} from '../signed-messages.ts';
import { uint256FromBytes } from '../uint256.ts';
import type { ClaimEvents } from './claim-events.ts';
import { paymentsInProgress, unclaimedPayments } from './claim-lists.ts';
import type { ClaimParts } from './claim-parts.ts';
import { unknownChannel } from './claim-refusals.ts';
import {
  ascending,
  checkContract,
  checkProvider,
  checkTimedRequest,
  type TimedRequest,
} from './claim-requests.ts';
import { sweepClaims } from './claim-sweep.ts';
import type { ClaimablePayment } from './claimable-payment.ts';
import { startClaim } from './start-claim.ts';

/** Asks for the claim of one channel. The nonce that is signed, the latest stored one, guards against a replay. */
export interface StartClaimRequest {
  /** In any case. */
  readonly mpeAddress: string;
  /** Big-endian, 1 to 32 bytes. */
  readonly channelId: Uint8Array;
  readonly signature: Uint8Array;
}

/** Asks for the claims of several channels. */
export interface StartClaimsRequest extends TimedRequest {
  /** In the order in which they are started; signed in ascending order. */
  readonly channelIds: readonly bigint[];
}

/** What several claims came to. */
export interface StartedClaims {
  /** In the order of the request. */
  readonly payments: readonly ClaimablePayment[];
  /** Why the next one in order was not started; absent when all were. */
  readonly failure?: ProvenderError;
}

/** As the parts, with what need not be given. */
export interface ProviderClaimsOptions extends Omit<ClaimParts, 'finalityBlocks' | 'events'> {
  /** Default 64. */
  readonly finalityBlocks?: number;
  readonly events?: ClaimEvents;
}

const FINALITY_BLOCKS = 64;

/**
 * Hands payments out to the provider, who claims them from the contract. Nothing is sent to the chain from here.
 *
 * Every request is signed with the key of the payment address. Errors: the texts of section 9 with `PROVENDER_INVALID` (malformed, another contract),
 * `PROVENDER_UNPAID` (signature, signer, block), `PROVENDER_NOT_FOUND`, `PROVENDER_CHANNEL_BUSY`, `PROVENDER_CHANNEL` (the chain); and what the state
 * store throws.
 *
 * @see payment-channels.md, section 9
 */
export class ProviderClaims {
  readonly #parts: ClaimParts;

  constructor({ finalityBlocks = FINALITY_BLOCKS, events = {}, ...parts }: ProviderClaimsOptions) {
    this.#parts = { ...parts, events, finalityBlocks: BigInt(finalityBlocks) };
  }

  /** Amounts that no claim was started for, without their signatures. */
  async listUnclaimed(request: TimedRequest): Promise<readonly ClaimablePayment[]> {
    const message = listUnclaimedMessage(this.#parts.policy.mpe, request.currentBlock);
    checkTimedRequest(this.#parts, request, message);
    return await unclaimedPayments(this.#parts);
  }

  /** Claims that were started and are not over, and those that a reorganisation has opened again, with their signatures. */
  async listInProgress(request: TimedRequest, options?: ChainOptions): Promise<readonly ClaimablePayment[]> {
    const message = listInProgressMessage(this.#parts.policy.mpe, request.currentBlock);
    checkTimedRequest(this.#parts, request, message);
    const swept = await sweepClaims(this.#parts, [], options);
    return await paymentsInProgress(this.#parts, swept);
  }

  /** Starts the claim of a channel. */
  async start(request: StartClaimRequest, options: ChainOptions = {}): Promise<ClaimablePayment> {
    const { mpe } = this.#parts.policy;
    checkContract(this.#parts, request.mpeAddress);
    const channelId = uint256FromBytes(request.channelId, 'channel id');
    const nonce = await this.#latestNonce(channelId, options);
    checkProvider(this.#parts, startClaimMessage(mpe, channelId, nonce), request.signature);
    await sweepClaims(this.#parts, [channelId], options);
    return await startClaim(this.#parts, { channelId, nonce }, options);
  }

  /** Starts claims one after the other, up to the first that fails. @throws ProvenderError when not even the first one was started */
  async startMany(request: StartClaimsRequest, options: ChainOptions = {}): Promise<StartedClaims> {
    const { channelIds, currentBlock } = request;
    checkContract(this.#parts, request.mpeAddress);
    const message = startClaimsMessage(this.#parts.policy.mpe, ascending(channelIds), currentBlock);
    checkTimedRequest(this.#parts, request, message);
    await sweepClaims(this.#parts, channelIds, options);
    const payments: ClaimablePayment[] = [];
    for (const channelId of channelIds) {
      try {
        payments.push(await startClaim(this.#parts, { channelId }, options));
      } catch (error) {
        if (payments.length === 0 || !isProvenderError(error)) throw error;
        return { payments, failure: error };
      }
    }
    return { payments };
  }

  /** What the provider has to sign. A channel that nobody knows is refused here: without a nonce there is nothing that a signature could be checked against. */
  async #latestNonce(channelId: bigint, options: ChainOptions): Promise<bigint> {
    const { stored } = await readHeldChannel(this.#parts, channelId, options);
    if (stored !== undefined) return stored.nonce;
    const view = await this.#parts.chain.read(channelId, options);
    if (view === undefined) throw unknownChannel(channelId);
    return view.nonce;
  }
}

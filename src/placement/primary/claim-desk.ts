import { compareBytes, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { decodeClaim } from '../messages/claim.ts';
import type { PlacementReply } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import { BadPeers } from './bad-peers.ts';
import type { ClaimMessage } from './claim-check.ts';
import { Gossip } from './gossip.ts';
import type { SharedWork } from './shared-work.ts';
import { within } from './waiting.ts';

/** A claim may be this many rounds ahead of what the primary has read. */
const MOST_AHEAD = 2n;

/** Takes claims: those for own placements to these, those for other primaries' objects to the gossip, early ones when their round is there. */
export class ClaimDesk {
  readonly #work: SharedWork;
  readonly #peers: BadPeers;
  readonly #gossip: Gossip;
  /** Claims of each peer that have no answer yet. */
  readonly #open = new Map<string, number>();
  #early = 0;

  constructor(work: SharedWork) {
    const { parts, view, vrf } = work;
    this.#work = work;
    this.#peers = new BadPeers(parts.clock, parts.limits);
    this.#gossip = new Gossip(parts, view, vrf);
  }

  /**
   * Answers a Claim message.
   * @throws ProvenderError `PROVENDER_BUSY` when too many claims wait, for their round or from this peer
   */
  async claim(message: Uint8Array, peer: string): Promise<PlacementReply> {
    const { events, limits } = this.#work.parts;
    const open = this.#open.get(peer) ?? 0;
    // Bad proofs block a peer once they are checked; until then this bounds what it makes the primary check.
    if (open >= limits.peerClaims) throw busy(`${open} claims of one peer are being checked`);
    this.#open.set(peer, open + 1);
    try {
      const reply = await this.#answer(message, peer);
      events.claim(reply.ok ? 'ok' : reply.reason);
      if (!reply.ok && reply.reason === 'proof') this.#peers.add(peer);
      return reply;
    } finally {
      const left = (this.#open.get(peer) ?? 1) - 1;
      if (left === 0) this.#open.delete(peer);
      else this.#open.set(peer, left);
    }
  }

  /** Waits for the checks that run. */
  close(): Promise<void> {
    return this.#gossip.settled();
  }

  async #answer(message: Uint8Array, peer: string): Promise<PlacementReply> {
    const claim = decodedOr(message, decodeClaim);
    if (claim === undefined) return refused('form');
    const { parts, view } = this.#work;
    if (compareBytes(claim.networkId, parts.genesis.networkId) !== 0) return refused('network');
    if (this.#peers.isBlocked(peer)) return refused('blocked');
    if (claim.round > view.head + MOST_AHEAD) return refused('round');
    const one = { claim, message: Uint8Array.from(message) };
    const isThere = claim.round <= view.head || (await this.#untilRound(claim.round));
    return isThere ? this.#deliver(one) : refused('round');
  }

  async #deliver(one: ClaimMessage): Promise<PlacementReply> {
    const { claim } = one;
    const { byObject, view, parts } = this.#work;
    const placing = byObject.get(objectIdHex(claim.id));
    if (placing !== undefined && placing.round === claim.round) return placing.claim(one);
    const announces = view.announces(claim.id, claim.round - 1n);
    const { publicKey } = parts.signer;
    const isOthers = announces.some(({ primaryKey }) => compareBytes(primaryKey, publicKey) !== 0);
    if (isOthers && view.head <= claim.round + ANNOUNCE_ROUNDS) {
      if (parts.chain.registry.node(claim.storerKey) === undefined) return refused('unregistered');
      this.#gossip.keep(one);
      return { ok: true };
    }
    return refused(placing === undefined ? 'unknown' : 'round');
  }

  /** Waits until the primary has read a round that a storer has seen already. */
  async #untilRound(round: bigint): Promise<boolean> {
    const { parts, view } = this.#work;
    const { clock, limits } = parts;
    if (this.#early >= limits.earlyClaims) throw busy(`${this.#early} claims wait for their round`);
    this.#early += 1;
    const late = (): ProvenderError => new ProvenderError('PROVENDER_TIMEOUT', `round ${round} did not come`);
    try {
      return await within({ clock, ms: limits.earlyMs, late }, (signal) =>
        view.first(({ number }) => (number >= round ? true : undefined), { from: round, signal }),
      );
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_TIMEOUT')) return false;
      throw error;
    } finally {
      this.#early -= 1;
    }
  }
}

/** The message that bytes are; `undefined` for bytes that are none. @throws what is no fault of the bytes */
export function decodedOr<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    const isForm =
      isProvenderError(error, 'PROVENDER_INVALID') || isProvenderError(error, 'PROVENDER_UNSUPPORTED');
    if (isForm) return undefined;
    throw error;
  }
}

function busy(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_BUSY', `${what}, which is the limit`);
}

function refused(reason: PlacementReason): PlacementReply {
  return { ok: false, reason };
}

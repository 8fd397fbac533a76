import { bytesToHex } from '@noble/hashes/utils.js';
import type { Clock } from '../clock.ts';
import type { NodePeer, PlacementReply, PrimaryCalls } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { sendClaim } from './claim-sending.ts';
import type { OwnClaim } from './own-claims.ts';
import type { StorerEvents } from './storer-events.ts';

/** What a courier needs. */
export interface CourierParts {
  /** Every one of them gets every claim. */
  readonly peers: readonly NodePeer[];
  readonly primaries: Pick<PrimaryCalls, 'claim'>;
  readonly clock: Clock;
  readonly events: Pick<StorerEvents, 'answered'>;
  /** For how long a claim is brought again. */
  readonly windowMs: number;
  /** Aborts when the storer closes. */
  readonly closing: AbortSignal;
  /** Hears that no primary that announced the object will use the claim, or that none could be reached. */
  onRefused(own: OwnClaim, reason: PlacementReason): void;
}

/** Brings claims to all primaries. What one of them makes of it does not hold up the others. */
export class ClaimCourier {
  readonly #parts: CourierParts;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /** Brings a claim, behind the back of the caller. */
  send(own: OwnClaim): void {
    const running = this.#bring(own).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when no claim is on its way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #bring(own: OwnClaim): Promise<void> {
    const { peers, primaries, clock, windowMs, closing, events } = this.#parts;
    const sending = { primaries, clock, windowMs, signal: closing };
    const replies = await Promise.all(
      peers.map(async (peer) => {
        const reply = await sendClaim(sending, peer, own.bytes);
        events.answered(reply.ok ? 'ok' : reply.reason);
        return { reply, isAnnouncer: own.announced.primaries.has(bytesToHex(peer.storerKey)) };
      }),
    );
    const said = replies.filter(({ isAnnouncer }) => isAnnouncer).map(({ reply }) => refusal(reply));
    const [first] = said;
    if (first !== undefined && said.every((reason) => reason !== undefined))
      this.#parts.onRefused(own, first);
  }
}

/** A claim that comes again has been taken before. */
function refusal(reply: PlacementReply): PlacementReason | undefined {
  return reply.ok || reply.reason === 'duplicate' ? undefined : reply.reason;
}

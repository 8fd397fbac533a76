import { objectIdHex } from '../../content/object-id.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { type Tag, tagName } from '../../objects/tag.ts';
import type { Reservation } from '../quota.ts';
import type { StagedShare } from '../shares.ts';

/** A share on its way from the commit of its payment to its publication. */
interface Offer {
  readonly share: StagedShare;
  /** Held back when the set has ended without a decision. */
  room?: Reservation;
  /** The payment is committed, and nothing is left but to publish. */
  isPaid: boolean;
}

/** How a set leaves its share. */
export interface KeptHow {
  /** Of the set; `bytes` of it stay held back. */
  readonly room: Reservation;
  readonly bytes: number;
  readonly isPaid: boolean;
}

/**
 * Shares that have been offered to a payment and are neither published nor dropped. A set enters its share before it lets the payment be committed, so
 * that a decision which comes while the set still runs finds it.
 */
export class KeptShares {
  readonly #store: ObjectStore;
  readonly #offers = new Map<string, Set<Offer>>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** A payment is about to be committed. @returns what the set says about its end */
  offer(share: StagedShare): {
    /** Leaves the share as it is, for `settle`, unless that was called meanwhile. */
    keep(how: KeptHow): void;
    /** The set itself publishes or drops the share. */
    end(): void;
  } {
    const key = keyOf(share);
    const offers = this.#offers.get(key) ?? new Set<Offer>();
    const offer: Offer = { share, isPaid: false };
    this.#offers.set(key, offers.add(offer));
    return {
      keep: ({ room, bytes, isPaid }) => {
        if (!offers.has(offer)) return;
        offer.room = room.handOver(bytes);
        offer.isPaid = isPaid;
      },
      end: () => this.#remove(key, offer),
    };
  }

  /** Whether what is staged under a tag waits for a decision. */
  has(tag: Tag): boolean {
    return this.#offers.has(tagName(tag));
  }

  /** Does what was decided, also about a share of an earlier opening. @throws ProvenderError of the store: it stays as it is then */
  async settle(share: StagedShare, what: 'publish' | 'drop'): Promise<void> {
    const { id, head, block } = share;
    if (block === undefined) await this.#store.settle(id, head, what);
    else if (what === 'publish') await this.#store.setChunk({ id, head, block });
    this.#settled(keyOf(share), what);
  }

  /** Tries again to publish what is paid for; what fails stays. */
  async publishPaid(): Promise<void> {
    const paid = [...this.#offers.values()].flatMap((offers) => [...offers]).filter(({ isPaid }) => isPaid);
    await Promise.allSettled(paid.map(({ share }) => this.settle(share, 'publish')));
  }

  /** Several sets may offer one and the same lone chunk: published it is for all of them, dropped for one. */
  #settled(key: string, what: 'publish' | 'drop'): void {
    const offers = [...(this.#offers.get(key) ?? [])];
    const done = what === 'publish' ? offers : offers.filter(({ isPaid }) => !isPaid).slice(0, 1);
    for (const offer of done) this.#remove(key, offer);
  }

  #remove(key: string, offer: Offer): void {
    const offers = this.#offers.get(key);
    offers?.delete(offer);
    if (offers?.size === 0) this.#offers.delete(key);
    offer.room?.release();
  }
}

/** Staged data by its tag; a lone chunk, which has none, by its id. */
function keyOf({ id, tag, block }: StagedShare): string {
  return block === undefined ? tagName(tag) : objectIdHex(id);
}

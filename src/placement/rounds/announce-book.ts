import { bytesToHex } from '@noble/hashes/utils.js';
import type { ObjectId } from '../../content/object-id.ts';
import type { Announce } from '../messages/announce.ts';

/** The last round that may hold the SetKey of an Announce of round a is a + 20. @see storer-selection.md, section 3 */
export const ANNOUNCE_ROUNDS = 20n;

/** An Announce whose object is not placed yet. */
export interface OpenAnnounce extends Announce {
  /** a: the round that holds it. */
  readonly announced: bigint;
}

/** The Announces that are open, and the last nonce of each primary. */
export class AnnounceBook {
  readonly #open = new Map<string, readonly OpenAnnounce[]>();
  readonly #nonces = new Map<string, bigint>();

  /** The highest nonce that a primary has used; 0 before its first Announce. @param primaryKey - 32 bytes */
  nonce(primaryKey: Uint8Array): bigint {
    return this.#nonces.get(bytesToHex(primaryKey)) ?? 0n;
  }

  /** Of an object: all of them, or those of one round. */
  of(id: ObjectId, round?: bigint): readonly OpenAnnounce[] {
    const open = this.#open.get(bytesToHex(id)) ?? [];
    return round === undefined ? open : open.filter(({ announced }) => announced === round);
  }

  /** All of them, by objects. */
  all(): readonly OpenAnnounce[] {
    return [...this.#open.values()].flat();
  }

  add(announce: OpenAnnounce): void {
    this.#open.set(bytesToHex(announce.id), [...this.of(announce.id), announce]);
    this.#nonces.set(bytesToHex(announce.primaryKey), announce.nonce);
  }

  /** Drops those of an object that is placed. */
  close(id: ObjectId): void {
    this.#open.delete(bytesToHex(id));
  }

  /** Drops those that no round behind `head` can serve. */
  expire(head: bigint): void {
    for (const [id, announces] of this.#open) {
      const left = announces.filter(({ announced }) => head < announced + ANNOUNCE_ROUNDS);
      if (left.length === 0) this.#open.delete(id);
      else if (left.length < announces.length) this.#open.set(id, left);
    }
  }
}

import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes, objectIdHex, type ObjectId } from '../../content/object-id.ts';
import type { Announce } from '../messages/announce.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';

/** An object that looks for storers. */
export interface Announced {
  readonly announce: Announce;
  /** r: the round behind the one that holds the Announce. */
  readonly round: bigint;
  /** Seed of round r, 32 bytes; absent until the round is there. */
  seed?: Uint8Array;
  /** Node keys, in hex, of the primaries that announced it in that round. */
  readonly primaries: Set<string>;
  /** It has its SetKey, or can get none any more. */
  isOver: boolean;
}

/** Tells whether an object announced for round r can no longer get a SetKey behind round `head`. */
export function hasExpired(round: bigint, head: bigint): boolean {
  return head >= round - 1n + ANNOUNCE_ROUNDS;
}

/** Announces that are alive. An object that is announced in two rounds has two lotteries; twice in one round, one. */
export class AnnouncedObjects {
  readonly #entries = new Map<string, Announced>();

  /** Takes the Announce of a round. */
  add(announce: Announce, inRound: bigint): void {
    const round = inRound + 1n;
    const key = keyOf(announce.id, round);
    const known = this.#entries.get(key);
    if (known === undefined) {
      const primaries = new Set([bytesToHex(announce.primaryKey)]);
      this.#entries.set(key, { announce, round, primaries, isOver: false });
    } else if (known.announce.profile === announce.profile && known.announce.replicas === announce.replicas) {
      known.primaries.add(bytesToHex(announce.primaryKey));
    }
  }

  /** Gives objects of a lottery their seed. @returns them */
  open(round: bigint, seed: Uint8Array): readonly Announced[] {
    const opened = [...this.#entries.values()].filter((one) => one.round === round);
    for (const one of opened) one.seed = seed;
    return opened;
  }

  find(id: ObjectId, round: bigint): Announced | undefined {
    return this.#entries.get(keyOf(id, round));
  }

  /** Forgets an object that has its SetKey. */
  settle(id: ObjectId): void {
    this.#end((one) => compareBytes(one.announce.id, id) === 0);
  }

  /** Forgets what can no longer get a SetKey behind round `head`. */
  expire(head: bigint): void {
    this.#end(({ round }) => hasExpired(round, head));
  }

  #end(isOver: (one: Announced) => boolean): void {
    for (const [key, one] of this.#entries) {
      if (!isOver(one)) continue;
      one.isOver = true;
      this.#entries.delete(key);
    }
  }
}

function keyOf(id: ObjectId, round: bigint): string {
  return `${objectIdHex(id)}/${round}`;
}

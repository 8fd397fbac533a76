import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex, type ObjectId } from '../../content/object-id.ts';
import type { Announce } from '../messages/announce.ts';
import { claimHash } from '../messages/claim.ts';
import { hasExpired } from './announced.ts';
import type { Assignment } from './assignment-run.ts';
import type { OwnClaim } from './own-claims.ts';
import { type PendingName, type PendingParts, PendingReplica } from './pending-replica.ts';
import { saidOf, type StorerRound } from './round-records.ts';

/** Replicas that the log has not spoken about: at most one of an object. */
export class PendingReplicas {
  readonly #parts: PendingParts;
  readonly #entries = new Map<string, PendingReplica>();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: PendingParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(id: ObjectId): boolean {
    return this.#entries.has(objectIdHex(id));
  }

  /** Tells whether the replica of a claim is on its way. */
  isFor({ claim, key }: Pick<OwnClaim, 'claim' | 'key'>): boolean {
    const bytes = this.#entries.get(objectIdHex(claim.id))?.name.bytes;
    return bytes !== undefined && bytesToHex(claimHash(bytes)) === key;
  }

  /** Starts the work of an assignment, for an object that has none. */
  begin(own: OwnClaim, work: Pick<Assignment, 'assign' | 'primary' | 'seed'>): void {
    const { id, round } = own.claim;
    this.#watch({ id, round, bytes: own.bytes }, (replica) => replica.undertake(own, work));
  }

  /** Takes up a replica that was committed before a restart. */
  resume(name: PendingName): void {
    this.#watch(name, (replica) => replica.resume());
  }

  /**
   * Hears what a round says: of SetKeys, and that time has run out.
   * @param hasForked - the log proves nothing that would let a replica go: its SetKey may be in the other branch
   */
  hear(round: StorerRound, hasForked: boolean): void {
    for (const replica of this.#entries.values()) {
      const { name } = replica;
      const said = saidOf(round, name);
      if (said?.isPlaced === true) replica.settle({ isPlaced: true, setKeyRound: round.number });
      else if (hasForked) continue;
      else if (said !== undefined) replica.settle({ isPlaced: false, reason: 'surplus' });
      else if (hasExpired(name.round, round.number)) replica.settle({ isPlaced: false, reason: 'late' });
    }
  }

  /**
   * Hears of an Announce. A primary that announces an object again has ended its placement before: its records stand in the log in the order in which
   * it handed them in, so that no SetKey of that placement can follow. The replica must not keep its storer from the new one.
   *
   * @param announcers - node keys, in hex, of the primaries that announced the object of a replica for its round
   */
  supersede(
    { announce, inRound }: { readonly announce: Announce; readonly inRound: bigint },
    announcers: (name: PendingName) => ReadonlySet<string> | undefined,
  ): void {
    const replica = this.#entries.get(objectIdHex(announce.id));
    if (replica === undefined || replica.name.round > inRound) return;
    if (announcers(replica.name)?.has(bytesToHex(announce.primaryKey)) !== true) return;
    replica.settle({ isPlaced: false, reason: 'unknown' });
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #watch(name: PendingName, live: (replica: PendingReplica) => Promise<void>): void {
    const key = objectIdHex(name.id);
    const replica = new PendingReplica(this.#parts, name);
    this.#entries.set(key, replica);
    const running = live(replica).finally(() => {
      this.#entries.delete(key);
      this.#running.delete(running);
    });
    this.#running.add(running);
  }
}

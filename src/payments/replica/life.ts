import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StateLease, StateStore } from '../../state/state-store.ts';
import { bounded } from '../bounded.ts';
import type { PaymentClock } from '../clock.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import { RANDOM_ID_SIZE } from '../payment-keys.ts';
import { encodeLife } from '../records/life-record.ts';
import { type KnownLife, livesOf } from './lives.ts';

/** A life of a process that was killed is over after the time of one lease, and an election in between gives it its full time again. */
const WAIT_LEASES = 2;

/** What lives are begun with. */
export interface LifeParts {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly replica: number;
  /** Milliseconds. */
  readonly lockTtlMs: number;
  /** Random bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly clock: PaymentClock;
  /** Keys of all lives that this process has tried to begin; one whose request had no answer may be there as well. */
  readonly ownKeys: Set<string>;
}

/** One lease of a replica, under which it takes locks. States: kept -> lost. */
export class Life {
  readonly id: Uint8Array;
  readonly lease: StateLease;
  readonly key: string;
  /** Of the life key: a newer life of the replica has a higher one. */
  readonly createRevision: bigint;
  readonly #lost = new AbortController();

  private constructor(facts: { id: Uint8Array; lease: StateLease; key: string; createRevision: bigint }) {
    this.id = facts.id;
    this.lease = facts.lease;
    this.key = facts.key;
    this.createRevision = facts.createRevision;
    const lose = (): void => this.lose(facts.lease.lost.reason);
    facts.lease.lost.addEventListener('abort', lose, { once: true });
    if (facts.lease.lost.aborted) lose();
  }

  /**
   * Begins a life: a lease and the key that shows it. Earlier lives of the replica are ended first, and once more when the new one is there, since
   * two processes may begin at the same time: the one that started last stays.
   * @param last - the life of this process that ended; a life of another process that is newer than that one was begun to replace this process
   * @throws ProvenderError `PROVENDER_CONFIG` when a newer process has the replica id; as the store does
   */
  static async begin(parts: LifeParts, last?: Life): Promise<Life> {
    const { state, keys, random, replica } = parts;
    const earlier = await livesOf(parts, replica);
    if (last !== undefined) assertNotReplaced(parts, earlier, last);
    await endAll(state, earlier);
    const lease = await state.grantLease(parts.lockTtlMs);
    try {
      const id = random(RANDOM_ID_SIZE);
      const key = keys.life(id);
      parts.ownKeys.add(key);
      const put = { put: key, value: encodeLife({ replica, lease: lease.name }), lease };
      const { revision: createRevision } = await state.txn({ then: [put] });
      const life = new Life({ id, lease, key, createRevision });
      if (last === undefined) await outliveNewer(parts, life);
      const lives = await livesOf(parts, replica);
      if (last !== undefined) assertNotReplaced(parts, lives, last);
      await endAll(
        state,
        lives.filter((other) => other.createRevision < createRevision),
      );
      return life;
    } catch (error) {
      await lease.close();
      throw error;
    }
  }

  /** In hex, for people. */
  get name(): string {
    return bytesToHex(this.id);
  }

  /** Aborts when the life has ended: calls under it cannot be paid any more. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Notices its end. */
  lose(reason: unknown): void {
    this.#lost.abort(reason);
  }
}

async function endAll(state: StateStore, lives: readonly KnownLife[]): Promise<void> {
  for (const { lease } of lives) await state.revokeLease(lease);
}

/** A life of another process that is newer than the last one of this process was begun to replace it. */
function assertNotReplaced(
  { replica, ownKeys }: LifeParts,
  lives: readonly KnownLife[],
  { createRevision }: Life,
): void {
  if (lives.some((life) => life.createRevision > createRevision && !ownKeys.has(life.key)))
    throw inUse(replica);
}

/**
 * A life that is newer than the first one of this process: either that of a process which started later, and ends this one; or the next life of an
 * earlier process that did not know yet that it is replaced, and ends itself.
 */
async function outliveNewer(parts: LifeParts, own: Life): Promise<void> {
  const { state, keys, replica, clock, lockTtlMs } = parts;
  const enough = new AbortController();
  const outlived = await bounded({ clock, ms: WAIT_LEASES * lockTtlMs }, async () => {
    const query = { fromRevision: own.createRevision };
    for await (const _ of state.watch(keys.lives, query, { signal: enough.signal })) {
      const lives = await livesOf(parts, replica);
      if (!lives.some(({ key }) => key === own.key)) return false;
      if (!lives.some(({ createRevision }) => createRevision > own.createRevision)) return true;
    }
    return false;
  }).finally(() => enough.abort());
  if (outlived !== true) throw inUse(replica);
}

function inUse(replica: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `replica id ${replica} is in use by another process: give each process an id of its own, then start this one again`,
  );
}

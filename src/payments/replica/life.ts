import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StateLease, StateStore } from '../../state/state-store.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import { RANDOM_ID_SIZE } from '../payment-keys.ts';
import { encodeLife } from '../records/life-record.ts';
import { type KnownLife, livesOf } from './lives.ts';

/** What lives are begun with. */
export interface LifeParts {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly replica: number;
  /** Milliseconds. */
  readonly lockTtlMs: number;
  /** Random bytes. */
  readonly random: (length: number) => Uint8Array;
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
   * two processes may begin at the same time: the newest stays.
   * @param last - the life of this process that ended
   * @throws ProvenderError `PROVENDER_CONFIG` when a newer process has the replica id; as the store does
   */
  static async begin(parts: LifeParts, last?: Life): Promise<Life> {
    await endOlder(parts, await livesOf(parts, parts.replica), last?.createRevision);
    const { state, keys, random, replica } = parts;
    const lease = await state.grantLease(parts.lockTtlMs);
    try {
      const id = random(RANDOM_ID_SIZE);
      const key = keys.life(id);
      const put = { put: key, value: encodeLife({ replica, lease: lease.name }), lease };
      const { revision: createRevision } = await state.txn({ then: [put] });
      const others = (await livesOf(parts, replica)).filter((other) => other.key !== key);
      await endOlder(parts, others, createRevision);
      return new Life({ id, lease, key, createRevision });
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

/** Ends lives of the replica; one that is newer than `own` belongs to another process. */
async function endOlder(
  { state, replica }: LifeParts,
  lives: readonly KnownLife[],
  own: bigint | undefined,
): Promise<void> {
  if (own !== undefined && lives.some(({ createRevision }) => createRevision > own)) throw inUse(replica);
  for (const { lease } of lives) await state.revokeLease(lease);
}

function inUse(replica: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `replica id ${replica} is in use by another process: give each process an id of its own, then start this one again`,
  );
}

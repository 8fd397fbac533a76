import assert from 'node:assert/strict';
import { until } from '../until.ts';
import { type ReplicaGroup, type Version, versionsOf } from './group.ts';
import type { PayEnd } from './orders.ts';

/** The history of one channel while replicas take payments on it, and what has to hold at its end. */
export class ChainOfAmounts {
  readonly #group: ReplicaGroup;
  readonly #channelId: bigint;
  readonly #end = new AbortController();
  readonly #followed: { readonly versions: Version[]; readonly ended: Promise<void> };

  /** @param channelId - a channel without payments yet */
  constructor(group: ReplicaGroup, channelId: bigint) {
    this.#group = group;
    this.#channelId = channelId;
    this.#followed = versionsOf(group, channelId, this.#end.signal);
  }

  /** Waits for so many versions more, of any replica or of one. */
  async grows(many: number, replica?: number): Promise<void> {
    const count = (): number =>
      this.#followed.versions.filter(({ by }) => replica === undefined || by === replica).length;
    const before = count();
    await until('payments go on', () => count() >= before + many);
  }

  /**
   * Ends the history and checks it: each version pays one more than the one before; what was reported as paid is a version of its own, and what was
   * reported as failed is none. What was reported as unknown may be one.
   * @param ends - of all payments, but for replicas that were killed
   */
  async check(ends: readonly PayEnd[]): Promise<void> {
    const { versions, ended } = this.#followed;
    const { op: last } = await this.#group.record(this.#channelId);
    await until('the watch has told everything', () => versions.at(-1)?.op === last);
    this.#end.abort();
    await ended;
    const amounts = versions.map(({ amount }) => amount);
    assert.deepEqual(
      amounts,
      Array.from(amounts, (_, i) => BigInt(i + 1)),
    );
    const writers = new Map(versions.map(({ op, amount }) => [op, amount]));
    assert.equal(writers.size, versions.length, 'no call was paid twice');
    for (const { op = '', amount, end } of ends)
      if (end === 'paid') assert.equal(writers.get(op), amount, `${amount} was reported as paid`);
      else if (end !== 'PROVENDER_PAYMENT_UNKNOWN')
        assert.equal(writers.get(op), undefined, `${amount} was reported as failed: ${end}`);
  }
}

/** How many payments ended in which way. */
export function counted(ends: readonly PayEnd[]): string {
  const counts = new Map<string, number>();
  for (const { end } of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts].map(([end, count]) => `${count} ${end}`).join(', ');
}

/** Longest time without a payment within some seconds of a moment, in milliseconds. */
export function longestGap(ends: readonly PayEnd[], aroundMs: number, forMs = 15_000): number {
  const paid = ends.filter(({ end }) => end === 'paid').map(({ toMs }) => toMs);
  const near = paid.toSorted((a, b) => a - b).filter((at) => at > aroundMs - 500 && at < aroundMs + forMs);
  return Math.max(0, ...near.slice(1).map((at, i) => at - (near[i] ?? at)));
}

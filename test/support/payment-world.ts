import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ChannelPayments, type ChannelPaymentsOptions } from '../../src/payments/channel-payments.ts';
import { PaymentKeys } from '../../src/payments/payment-keys.ts';
import type { PaymentEvents } from '../../src/payments/payment-events.ts';
import { type ChannelRecord, decodeChannel } from '../../src/payments/records/channel-record.ts';
import type { PaidMark } from '../../src/payments/records/paid-mark.ts';
import { releaseOldLocks } from '../../src/payments/replica/release-old-locks.ts';
import type { PaidCall, PaymentTransaction } from '../../src/payments/transaction/payment-transaction.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { keyOfStep } from '../../src/state/state-limits.ts';
import type { StateStore, StateTxn } from '../../src/state/state-store.ts';
import { FakeChannels } from './fake-channels.ts';
import { FaultyState, type Fate } from './faulty-state.ts';
import { aPayment, filled, GROUP, MPE, POLICY, VIEW } from './payment-fixtures.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A real store that several replicas share. */
export interface SharedStore extends AsyncDisposable {
  /** The way of one replica to it. */
  client(): Promise<StateStore>;
}

/** Requests of a transaction, told apart by what they write. */
export type RequestKind = 'lock' | 'check' | 'commit' | 'unlock' | 'repeat' | 'mark' | 'other';

const LIMIT_MS = 60_000;
const STEP_MS = 100;
let worlds = 0;

/** What payments did with staged data, and what they reported. */
class Witness {
  readonly published: PaidMark[] = [];
  readonly dropped: PaidMark[] = [];
  /** Name of each event, in order. */
  readonly events: string[] = [];
  readonly failures: unknown[] = [];
  readonly outcomes: string[] = [];
  /** Thrown by `publish` while it is set. */
  publishFails: Error | undefined;

  readonly staged = {
    publish: async (mark: PaidMark): Promise<void> => {
      if (this.publishFails !== undefined) throw this.publishFails;
      this.published.push(mark);
    },
    drop: async (mark: PaidMark): Promise<void> => {
      this.dropped.push(mark);
    },
  };

  readonly listeners: PaymentEvents = {
    paid: () => this.events.push('paid'),
    refused: ({ step }) => this.events.push(`refused ${step}`),
    rolledBack: () => this.events.push('rolled back'),
    ambiguous: ({ request }) => this.events.push(`ambiguous ${request}`),
    undecided: () => this.events.push('undecided'),
    decided: ({ outcome }) => {
      this.events.push('decided');
      this.outcomes.push(outcome);
    },
    repeatGranted: () => this.events.push('repeat'),
    reaped: () => this.events.push('reaped'),
    lifeBegun: () => this.events.push('life begun'),
    lifeLost: () => this.events.push('life lost'),
    replaced: () => this.events.push('replaced'),
    dutyFailed: ({ error }) => this.failures.push(error),
  };
}

/** One process that takes payments. */
export interface WorldReplica {
  readonly id: number;
  readonly payments: ChannelPayments;
  readonly state: FaultyState;
  readonly chain: FakeChannels;
  readonly witness: Witness;
  /** Of this replica; stands still unless a test moves it. */
  readonly clock: VirtualClock;
}

/** Replicas of one provider over one real store, the channel of the fixtures on a fake chain, and clocks that tests move. */
export class PaymentWorld {
  readonly keys: PaymentKeys;
  readonly replicas: WorldReplica[] = [];
  readonly #shared: SharedStore;
  readonly #store: StateStore;

  private constructor(shared: SharedStore, store: StateStore) {
    this.#shared = shared;
    this.#store = store;
    const organization = `org-${process.pid}-${++worlds}`;
    this.keys = new PaymentKeys({ network: 'test', organization, groupId: GROUP, mpe: MPE });
  }

  static async open(shared: SharedStore): Promise<PaymentWorld> {
    return new PaymentWorld(shared, await shared.client());
  }

  /** The store itself, for a look. */
  get store(): StateStore {
    return this.#store;
  }

  /** Starts a replica as a node does: old locks first. */
  async replica(id: number, options: Partial<ChannelPaymentsOptions> = {}): Promise<WorldReplica> {
    const state = new FaultyState(await this.#shared.client());
    const { keys } = this;
    await releaseOldLocks({ state, keys, replica: id });
    const [witness, chain, clock] = [new Witness(), new FakeChannels(), new VirtualClock()];
    chain.put(VIEW);
    const payments = await ChannelPayments.open({
      state,
      keys,
      chain,
      policy: POLICY,
      schedule: { version: 7, default: { perCall: 0n, perKiB: 0n }, methods: {} },
      replica: id,
      lockTtlMs: 10_000,
      staged: witness.staged,
      random: (length) => new Uint8Array(randomBytes(length)),
      clock,
      events: witness.listeners,
      ...options,
    });
    state.sent.length = 0;
    const replica = { id, payments, state, chain, witness, clock };
    this.replicas.push(replica);
    return replica;
  }

  /** The record of a channel. */
  async record(channelId = VIEW.channelId): Promise<ChannelRecord | undefined> {
    const record = await this.#store.get(this.keys.channel(channelId));
    return record && decodeChannel(record.value);
  }

  async isLocked(channelId = VIEW.channelId): Promise<boolean> {
    return (await this.#store.get(this.keys.lock(channelId))) !== undefined;
  }

  /** Marks of uploads that are there. */
  async marks(): Promise<number> {
    return (await this.#store.range(this.keys.paidMarks)).records.length;
  }

  /** What a transaction is for. */
  kindOf({ then = [] }: StateTxn): RequestKind {
    const { keys } = this;
    const has = (what: 'put' | 'delete', prefix: string): boolean =>
      then.some((step) => what in step && keyOfStep(step).startsWith(prefix));
    if (has('put', keys.locks)) return 'lock';
    if (has('put', keys.channels)) return has('delete', keys.locks) ? 'commit' : 'repeat';
    if (has('delete', keys.locks)) return 'unlock';
    if (has('delete', keys.paidMarks)) return 'mark';
    return has('put', keys.root) ? 'other' : 'check';
  }

  /** Lets the next requests of a kind meet these fates, one after the other; others pass. */
  meet(replica: WorldReplica, kind: RequestKind, fates: readonly Fate[]): void {
    const left = [...fates];
    const before = replica.state.faults;
    replica.state.faults = (txn) => (this.kindOf(txn) === kind ? left.shift() : undefined) ?? before(txn);
  }

  /** Kinds of the transactions that a replica has sent. */
  sent({ state }: WorldReplica): RequestKind[] {
    return state.sent.map((txn) => this.kindOf(txn));
  }

  /** Waits for a fact while the clocks of all replicas go on; they stand still while the store is at work, however long that takes. */
  async until(what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
    const end = performance.now() + LIMIT_MS;
    while (!(await probe())) {
      if (performance.now() > end) throw new Error(`not within ${LIMIT_MS} ms: ${what}`);
      await wait(2);
      for (const { clock, state } of this.replicas) if (state.running === 0) await clock.advance(STEP_MS);
    }
  }

  /** Lets the clocks go on until work has settled, and gives what it came to. */
  async settled<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const watched = work.finally(() => {
      isSettled = true;
    });
    watched.catch(() => undefined); // the caller gets it
    await this.until('work has settled', () => isSettled);
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { state } of this.replicas) {
      state.faults = () => 'ok';
      state.readFault = () => 'ok';
      state.resume();
    }
    await this.settled(Promise.all(this.replicas.map(({ payments }) => payments.close())));
    await this.#shared[Symbol.asyncDispose]();
  }
}

/** A call of the fixtures: 10 tokens for a request. */
export function aCall(fields: Partial<PaidCall> = {}): PaidCall {
  return { method: 'GetShare', price: 10n, request: filled(32, 2), ...fields };
}

/** The mark of an upload that a test pretends to have staged. */
export function aMark(replica: number, object = 1): PaidMark {
  return { replica, objectId: filled(32, object), tag: filled(8, object), head: filled(120, object) };
}

/** A payment of the fixtures' channel. */
export const paying = (amount: bigint, fields: Partial<Payment> = {}): Payment =>
  aPayment({ amount, ...fields });

/** A whole call that does nothing but pay. */
export function pay({ payments }: WorldReplica, amount: bigint, call = aCall()): Promise<void> {
  return payments.run(paying(amount), call, async () => undefined);
}

/** A call that is kept between its start and its end. */
export async function started(
  { payments }: WorldReplica,
  amount: bigint,
  call = aCall(),
): Promise<PaymentTransaction> {
  return payments.start(paying(amount), call);
}

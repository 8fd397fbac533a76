import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { unlock } from '../../src/payments/inspection.ts';
import { decodeChannel } from '../../src/payments/records/channel-record.ts';
import type { PaymentTransaction } from '../../src/payments/transaction/payment-transaction.ts';
import type { Fate } from './faulty-state.ts';
import { filled, hex, VIEW } from './payment-fixtures.ts';
import { aCall, type PaymentWorld, paying, type RequestKind, type WorldReplica } from './payment-world.ts';

const PRICE = 10n;

/** Something that happens. `at` chooses among the replicas that are there. */
export type ScheduleStep =
  | {
      readonly do: 'call';
      readonly at: number;
      /** With the next amount, or once more with one that was sent. */
      readonly amount: 'next' | 'again';
      readonly request: number;
      readonly isUpload: boolean;
      readonly fails: 'no' | 'before' | 'behind';
    }
  | { readonly do: 'fault'; readonly at: number; readonly kind: RequestKind; readonly fates: readonly Fate[] }
  | { readonly do: 'late'; readonly at: number; readonly which: number }
  | { readonly do: 'lose lease' | 'pause' | 'resume' | 'restart'; readonly at: number }
  | { readonly do: 'unlock' }
  | { readonly do: 'pass'; readonly ms: number };

type CallStep = ScheduleStep & { readonly do: 'call' };

/** A call, as its caller saw it. */
interface Attempt {
  readonly number: number;
  readonly host: WorldReplica;
  readonly amount: bigint;
  readonly isUpload: boolean;
  op?: string;
  income?: bigint;
  outcome: 'running' | 'served' | 'fault behind' | 'unpaid' | 'unknown';
}

interface Version {
  readonly op: string;
  readonly amount: bigint;
  readonly isRepeat: boolean;
}

/** A schedule as it runs: what callers saw, and what became of the channel. */
export class PaymentSchedule {
  readonly #world: PaymentWorld;
  readonly #ids: number;
  /** Processes that run, and those whose requests never arrive any more. */
  readonly #live: WorldReplica[] = [];
  readonly #dead: WorldReplica[] = [];
  readonly #attempts: Attempt[] = [];
  readonly #published = new Set<number>();

  /** @param replicas - how many there are */
  constructor(world: PaymentWorld, replicas: number) {
    this.#world = world;
    this.#ids = replicas;
  }

  /** Runs the steps, heals everything, and checks the invariants. */
  async run(steps: readonly ScheduleStep[]): Promise<void> {
    const { revision } = await this.#world.store.txn({});
    for (let id = 1; id <= this.#ids; id++) this.#live.push(await this.#world.replica(id));
    for (const step of steps) {
      await this.#step(step);
      for (let turns = 0; turns < 3; turns++) await turn();
    }
    await this.#heal();
    await this.#check(await this.#history(revision));
  }

  async #step(step: ScheduleStep): Promise<void> {
    if (step.do === 'pass') {
      for (const { clock } of this.#live) await clock.advance(step.ms);
      return;
    }
    if (step.do === 'unlock') return this.#operatorUnlocks();
    const replica = this.#live[step.at % this.#live.length];
    assert.ok(replica);
    if (step.do === 'call') await this.#call(replica, step);
    else if (step.do === 'fault') this.#world.meet(replica, step.kind, step.fates);
    else if (step.do === 'late') await applyOneLate([...this.#live, ...this.#dead], step.which);
    else if (step.do === 'lose lease') await replica.state.endLeases();
    else if (step.do === 'pause') replica.state.pause();
    else if (step.do === 'resume') replica.state.resume();
    else await this.#restart(replica);
  }

  async #call(host: WorldReplica, step: CallStep): Promise<void> {
    const number = this.#attempts.length + 1;
    const paid = (await this.#world.record())?.authorizedAmount ?? 0n;
    const amount = step.amount === 'again' && paid > 0n ? paid : paid + PRICE;
    const attempt: Attempt = { number, host, amount, isUpload: step.isUpload, outcome: 'running' };
    this.#attempts.push(attempt);
    const call = aCall({ request: filled(32, step.request) });
    host.payments
      .run(paying(amount), call, (tx) => this.#work(attempt, tx, step))
      .then(
        () => {
          attempt.outcome = 'served';
        },
        (error: unknown) => {
          if (attempt.outcome === 'running') attempt.outcome = outcomeOf(error);
        },
      );
  }

  async #work(attempt: Attempt, tx: PaymentTransaction, step: CallStep): Promise<void> {
    attempt.op = hex(tx.op);
    attempt.income = tx.income;
    await turn();
    if (step.fails === 'before') throw new Error('a fault before the commit');
    if (!step.isUpload && step.fails === 'no') return;
    await tx.commit(step.isUpload ? markOf(attempt.host.id, attempt.number) : undefined);
    const record = await this.#world.record();
    assert.ok(
      record !== undefined && record.authorizedAmount >= attempt.amount,
      'I3: paid before the answer',
    );
    if (step.fails === 'no') this.#published.add(attempt.number);
    else {
      attempt.outcome = 'fault behind';
      throw new Error('a fault behind the commit');
    }
  }

  async #operatorUnlocks(): Promise<void> {
    const { store: state, keys } = this.#world;
    const { channelId } = VIEW;
    const lock = await state.get(keys.lock(channelId));
    if (lock !== undefined) await unlock({ state, keys }, { channelId, ...lock });
  }

  /** Kill -9, and a new process with the same id. */
  async #restart(killed: WorldReplica): Promise<void> {
    killed.state.pause();
    this.#dead.push(killed);
    this.#live[this.#live.indexOf(killed)] = await this.#world.settled(this.#world.replica(killed.id));
  }

  async #heal(): Promise<void> {
    const all = [...this.#live, ...this.#dead];
    for (const { state } of all) state.faults = () => 'ok';
    for (const { state } of this.#live) state.resume();
    while (all.some(({ state }) => state.late > 0)) await applyOneLate(all, 0);
    const isRunning = ({ outcome, host }: Attempt): boolean =>
      outcome === 'running' && !this.#dead.includes(host);
    await this.#world.until('all calls have ended', () => !this.#attempts.some(isRunning));
    await this.#world.until('nothing is undecided', () => this.#live.every(isDecided));
    await this.#world.until('I4: no lock is left', async () => !(await this.#world.isLocked()));
    await this.#world.until('no mark is left', async () => (await this.#world.marks()) === 0);
    for (const { witness } of all) {
      for (const mark of witness.published) this.#published.add(numberOf(mark.objectId));
    }
  }

  /** Every version of the record. */
  async #history(fromRevision: bigint): Promise<Version[]> {
    const { store, keys } = this.#world;
    const key = keys.channel(VIEW.channelId);
    const last = (await store.get(key))?.modRevision ?? 0n;
    const versions: Version[] = [];
    if (last === 0n) return versions;
    const enough = new AbortController();
    for await (const changes of store.watch(
      key,
      { fromRevision: fromRevision + 1n },
      { signal: enough.signal },
    )) {
      for (const change of changes) {
        if (!('put' in change)) continue;
        const { op, authorizedAmount: amount, repeat: isRepeat } = decodeChannel(change.put.value);
        versions.push({ op: hex(op), amount, isRepeat });
        if (change.put.modRevision === last) enough.abort();
      }
    }
    return versions;
  }

  async #check(versions: readonly Version[]): Promise<void> {
    let before = 0n;
    for (const { amount, op, isRepeat } of versions) {
      assert.ok(amount >= before, `I2: ${amount} after ${before}`);
      const attempt = this.#attempts.find((one) => one.op === op);
      const income = isRepeat ? 0n : (attempt?.income ?? amount - before);
      assert.equal(amount - before, income, 'amounts form one chain, each paid once');
      before = amount;
    }
    const paid = new Set(versions.map(({ op }) => op));
    const delivered = new Map<bigint, number>();
    for (const attempt of this.#attempts) {
      const { outcome, number, amount, op = '', isUpload } = attempt;
      const about = `attempt ${number} with ${amount}`;
      if (outcome === 'served') delivered.set(amount, (delivered.get(amount) ?? 0) + 1);
      if (outcome === 'served' || outcome === 'fault behind') assert.ok(paid.has(op), `I3: ${about} is paid`);
      if (outcome === 'unpaid') assert.ok(!paid.has(op), `${about} failed and is not paid`);
      if (isUpload) assert.equal(this.#published.has(number), paid.has(op), `${about}: published = paid`);
    }
    for (const [amount, calls] of delivered) assert.equal(calls, 1, `I1: ${amount} pays for one call`);
  }
}

function isDecided({ witness: { events } }: WorldReplica): boolean {
  const count = (name: string): number => events.filter((event) => event === name).length;
  return count('undecided') === count('decided');
}

async function applyOneLate(replicas: readonly WorldReplica[], which: number): Promise<void> {
  const waiting = replicas.filter(({ state }) => state.late > 0);
  const state = waiting[which % Math.max(1, waiting.length)]?.state;
  await state?.applyLate(which % Math.max(1, state.late));
}

function outcomeOf(error: unknown): Attempt['outcome'] {
  return isProvenderError(error, 'PROVENDER_PAYMENT_UNKNOWN') ? 'unknown' : 'unpaid';
}

function markOf(replica: number, number: number) {
  const objectId = filled(32, 0);
  new DataView(objectId.buffer).setUint32(0, number);
  return { replica, objectId, tag: filled(8, 1), head: filled(120, 1) };
}

function numberOf(objectId: Uint8Array): number {
  return new DataView(objectId.buffer, objectId.byteOffset).getUint32(0);
}

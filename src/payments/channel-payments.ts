import { compareBytes } from '../content/object-id.ts';
import { Lifetime } from '../content/lifetime.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { StateStore } from '../state/state-store.ts';
import type { ChainReader } from './chain/chain-reader.ts';
import type { PaymentClock } from './clock.ts';
import { runPaid } from './paid-call.ts';
import type { Payment } from './payment.ts';
import type { PaymentEvents } from './payment-events.ts';
import type { PaymentKeys } from './payment-keys.ts';
import { encodeSchedule, type PriceSchedule } from './price-schedule.ts';
import { Background } from './replica/background.ts';
import { Operations } from './replica/operations.ts';
import { Reaper } from './replica/reaper.ts';
import { Replica } from './replica/replica.ts';
import { settleMarks } from './replica/settle-marks.ts';
import { PaidUploads } from './transaction/paid-uploads.ts';
import { DECIDE_MS } from './transaction/payment-parts.ts';
import type {
  PaidCall,
  PaymentGate,
  PaymentTransaction,
  StagedShares,
} from './transaction/payment-transaction.ts';
import { startPayment, type StartParts } from './transaction/start-payment.ts';
import type { PaymentPolicy } from './validate.ts';

/** What payments are taken with. */
export interface ChannelPaymentsOptions {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly chain: ChainReader;
  readonly policy: PaymentPolicy;
  readonly schedule: PriceSchedule;
  /** Id of this replica: no other running process has it. */
  readonly replica: number;
  /** Time without a sign of life after which the locks of this replica go, in milliseconds. */
  readonly lockTtlMs: number;
  readonly staged: StagedShares;
  /** Random bytes of good quality. */
  readonly random: (length: number) => Uint8Array;
  readonly clock: PaymentClock;
  readonly events?: PaymentEvents;
}

/**
 * Takes payments for calls over channels that all replicas of a provider share: one lock, one fenced commit for each call, whatever crashes.
 *
 * `releaseOldLocks` comes before it, and the object store opens between the two, so that nothing of an earlier process can be paid any more when its
 * staged data is judged.
 *
 * States: open -> closing -> closed.
 *
 * @see payment-channels.md, section 7
 */
export class ChannelPayments implements PaymentGate, AsyncDisposable {
  readonly #parts: StartParts;
  /** Reaper and life: they go on until the last call has ended. */
  readonly #duties: Background;
  readonly #lifetime = new Lifetime('payments');

  private constructor(parts: StartParts, duties: Background) {
    this.#parts = parts;
    this.#duties = duties;
  }

  /**
   * Publishes the schedule, settles marks that an earlier process left, and begins the life of the replica.
   * @throws ProvenderError `PROVENDER_CONFIG` when the store has other prices under this version, or another process has the replica id; as the store does
   */
  static async open(options: ChannelPaymentsOptions): Promise<ChannelPayments> {
    const { clock, events = {} } = options;
    await publishSchedule(options);
    const duties = new Background({ clock, events });
    const living = await Replica.begin({ ...options, events, background: duties });
    const payments = new ChannelPayments(partsOf(options, living, duties), duties);
    try {
      await payments.#takeUp(options);
      return payments;
    } catch (error) {
      await payments.close();
      throw error;
    }
  }

  /** @throws ProvenderError as `PaymentGate.start`; `PROVENDER_CLOSED` */
  start(payment: Payment, call: PaidCall): Promise<PaymentTransaction> {
    return this.#lifetime.run(() => startPayment(this.#parts, payment, call));
  }

  /** Takes the payment of a call around its work. @throws ProvenderError as `runPaid` */
  run<T>(payment: Payment, call: PaidCall, work: (tx: PaymentTransaction) => Promise<T>): Promise<T> {
    return runPaid(this, { payment, call, work });
  }

  /**
   * Refuses new calls, waits for those that run and for what is undecided, each about as long as a commit may take, then ends the life of the replica:
   * locks that are left go with it. Idempotent.
   */
  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      const { operations, background, living } = this.#parts;
      const idle = new AbortController();
      const whenIdle = operations.whenIdle().then(() => idle.abort());
      await Promise.race([whenIdle, this.#duties.pause(DECIDE_MS, idle.signal)]);
      await background.close(DECIDE_MS);
      await this.#duties.close(0);
      await living.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #takeUp({ state, keys, replica }: ChannelPaymentsOptions): Promise<void> {
    const { reaper, uploads } = this.#parts;
    reaper.start();
    await settleMarks({ state, keys, replica, publish: (op, mark) => uploads.publish(op, mark) });
  }
}

function partsOf(options: ChannelPaymentsOptions, living: Replica, duties: Background): StartParts {
  const { state, keys, chain, policy, replica, staged, random, clock, events = {} } = options;
  const operations = new Operations();
  const background = new Background({ clock, events });
  const uploads = new PaidUploads({ state, keys, staged, background });
  const isOwnLife = (life: Uint8Array): boolean => living.isOwnLife(life);
  const reaper = new Reaper({ state, keys, isOwnLife, operations, background: duties, events });
  const schedule = options.schedule.version;
  const shared = { state, keys, chain, policy, schedule, replica, clock, events, random };
  return { ...shared, living, operations, background, uploads, reaper };
}

/** Puts the schedule under its version unless it is there. */
async function publishSchedule({ state, keys, schedule }: ChannelPaymentsOptions): Promise<void> {
  const key = keys.price(schedule.version);
  const value = encodeSchedule(schedule);
  const { records } = await state.txn({
    compare: [{ key, createRevision: 0n }],
    then: [{ put: key, value }],
    else: [{ get: key }],
  });
  const [found] = records;
  if (found === undefined || compareBytes(found.value, value) === 0) return;
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `price schedule ${schedule.version}: the state store has other prices under this version; give the changed schedule a new version`,
  );
}

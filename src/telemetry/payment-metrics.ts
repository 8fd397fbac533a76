import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of a payment whose commit was undecided when its caller had to be answered. */
export type Decision = 'paid' | 'not paid' | 'unknown';

/** The figures of paid calls. */
export class PaymentMetrics {
  readonly #payments: Counter<'outcome'>;
  readonly #refusals: Counter<'step'>;
  readonly #ambiguous: Counter<'request'>;
  readonly #decisions: Counter<'outcome'>;
  readonly #repeats: Counter;
  readonly #reaped: Counter;
  readonly #lives: Counter<'event'>;
  readonly #failures: Counter<'duty'>;
  readonly #claims: Counter<'outcome'>;
  readonly #chainRequests: Counter<'method' | 'outcome'>;
  readonly #block: Gauge;
  readonly #etcd: Counter<'event'>;

  constructor(registry: Registry) {
    const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
      new Counter<T>({ name: `provender_${name}`, help, labelNames, registers: [registry] });
    this.#payments = counter(
      'payments_total',
      'Calls with a payment, by outcome: paid, refused, rolled-back, undecided.',
      ['outcome'],
    );
    this.#refusals = counter('payment_refusals_total', 'Refused payments, by the step that refused them.', [
      'step',
    ]);
    this.#ambiguous = counter(
      'payment_ambiguous_total',
      'Requests of payments to the state store without a clear answer, by request.',
      ['request'],
    );
    this.#decisions = counter(
      'payment_decisions_total',
      'Undecided payments that were found out, by outcome: paid, not paid, unknown.',
      ['outcome'],
    );
    this.#repeats = counter('payment_repeats_total', 'Paid calls that may be repeated without charge.');
    this.#reaped = counter('payment_locks_reaped_total', 'Locks without a call that were deleted.');
    this.#lives = counter('payment_lives_total', 'Leases of this replica, by event: begun, lost.', ['event']);
    this.#failures = counter(
      'payment_duty_failures_total',
      'Failures of background duties of payments, which are repeated, by duty.',
      ['duty'],
    );
    this.#claims = counter('provider_claims_total', 'Provider claims, by event.', ['outcome']);
    this.#chainRequests = counter(
      'chain_requests_total',
      'Requests to the endpoints of the blockchain, by method and outcome (ok, failed).',
      ['method', 'outcome'],
    );
    this.#block = new Gauge({
      name: 'provender_chain_block',
      help: 'Latest block that was seen.',
      registers: [registry],
    });
    this.#etcd = counter('etcd_endpoints_total', 'Members of etcd, by event: ejected, returned.', ['event']);
  }

  ended(outcome: 'paid' | 'refused' | 'rolled-back' | 'undecided'): void {
    this.#payments.inc({ outcome });
  }

  /** @param step - row of payment-channels.md, section 6 */
  refused(step: number): void {
    this.ended('refused');
    this.#refusals.inc({ step: String(step) });
  }

  ambiguous(request: string): void {
    this.#ambiguous.inc({ request });
  }

  decided(outcome: Decision): void {
    this.#decisions.inc({ outcome });
  }

  repeatGranted(): void {
    this.#repeats.inc();
  }

  reaped(): void {
    this.#reaped.inc();
  }

  life(event: 'begun' | 'lost'): void {
    this.#lives.inc({ event });
  }

  dutyFailed(duty: string): void {
    this.#failures.inc({ duty });
  }

  /** Counts what happens to a claim of the provider. */
  claim(outcome: string): void {
    this.#claims.inc({ outcome });
  }

  chainRequest(method: string, outcome: 'ok' | 'failed'): void {
    this.#chainRequests.inc({ method, outcome });
  }

  chainBlock(block: bigint): void {
    this.#block.set(Number(block));
  }

  etcdEndpoint(event: 'ejected' | 'returned'): void {
    this.#etcd.inc({ event });
  }
}

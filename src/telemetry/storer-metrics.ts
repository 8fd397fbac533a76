import { Counter, Gauge, type Registry } from 'prom-client';

/** The figures of a storer of a network, and of readings from other storers. */
export class StorerMetrics {
  readonly #lotteries: Counter<'outcome'>;
  readonly #replicas: Counter<'outcome'>;
  readonly #reserved: Gauge;
  readonly #holders: Counter<'fault'>;
  readonly #hedges: Counter;

  constructor(registry: Registry) {
    const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
      new Counter<T>({ name: `provender_${name}`, help, labelNames, registers: [registry] });
    this.#lotteries = counter('lotteries_total', 'Lotteries of this storer, by outcome (won, lost).', [
      'outcome',
    ]);
    this.#replicas = counter('placed_replicas_total', 'Assignments of this storer that ended, by outcome.', [
      'outcome',
    ]);
    this.#reserved = new Gauge({
      name: 'provender_placement_reserved_bytes',
      help: 'Bytes that claims and assignments of this storer hold back.',
      registers: [registry],
    });
    this.#holders = counter(
      'holder_faults_total',
      'Holders that a reading left for good, by what was wrong.',
      ['fault'],
    );
    this.#hedges = counter('holder_hedges_total', 'Second requests because a holder was slow.');
  }

  lotteries({ run, selected }: { readonly run: number; readonly selected: number }): void {
    this.#lotteries.inc({ outcome: 'won' }, selected);
    this.#lotteries.inc({ outcome: 'lost' }, run - selected);
  }

  replicaEnded(outcome: string): void {
    this.#replicas.inc({ outcome });
  }

  reserved(bytes: number): void {
    this.#reserved.set(bytes);
  }

  holderLeft(fault: string): void {
    this.#holders.inc({ fault });
  }

  hedged(): void {
    this.#hedges.inc();
  }
}

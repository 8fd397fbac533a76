import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The log of rounds as a node has it; read when somebody scrapes. */
export interface RoundReading {
  /** Number of the head. */
  readonly head: bigint;
  /** Milliseconds since 1970 that the head tells. */
  readonly unixMs: bigint;
  /** The log forks, or something else keeps the node from building on it. */
  readonly isFaulty: boolean;
}

/** Which message was answered. */
export type CountedMessage = 'claim' | 'assign' | 'commit' | 'prove';

/** Times of placements: some seconds, by the rounds and Δ1; minutes when storers had to be replaced. */
const PLACEMENT_BUCKETS = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 60, 120, 300, 600];

/** The figures of rounds and placements. */
export class PlacementMetrics {
  readonly #registry: Registry;
  readonly #messages: Counter<'message' | 'verdict'>;
  readonly #sent: Counter<'message' | 'verdict'>;
  readonly #placements: Counter<'outcome'>;
  readonly #durations: Histogram<'outcome'>;
  readonly #attempts: Counter<'attempt'>;
  readonly #promotions: Counter<'reason'>;
  readonly #passedOver: Counter<'primary'>;
  readonly #bytes: Counter<'direction'>;
  readonly #troubles: Counter<'part'>;

  constructor(registry: Registry) {
    const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
      new Counter<T>({ name: `provender_${name}`, help, labelNames, registers: [registry] });
    this.#registry = registry;
    this.#messages = counter(
      'placement_messages_total',
      'Messages of placements that this node answered, by kind and verdict (ok or a reason).',
      ['message', 'verdict'],
    );
    this.#sent = counter(
      'placement_sent_total',
      'Messages of placements that this node sent, by kind and the verdict that came back.',
      ['message', 'verdict'],
    );
    this.#placements = counter('placements_total', 'Placements of this primary that ended, by outcome.', [
      'outcome',
    ]);
    this.#durations = new Histogram({
      name: 'provender_placement_duration_seconds',
      help: 'Time from the request to the receipt, or to the failure, by outcome.',
      labelNames: ['outcome'],
      buckets: PLACEMENT_BUCKETS,
      registers: [registry],
    });
    this.#attempts = counter('placement_attempts_total', 'Attempts that began, by number from 0.', [
      'attempt',
    ]);
    this.#promotions = counter(
      'placement_promotions_total',
      'Storers that lost their place to the next rank, by reason.',
      ['reason'],
    );
    this.#passedOver = counter(
      'placement_passed_over_total',
      'Objects for which a primary passed over two or more known claims of better rank, by primary.',
      ['primary'],
    );
    this.#bytes = counter(
      'placement_content_bytes_total',
      'Content bytes fetched by this storer (in) and served to storers by this primary (out).',
      ['direction'],
    );
    this.#troubles = counter('placement_troubles_total', 'Failures that are tried again, by part.', ['part']);
  }

  /** Counts a message that this node answered. @param verdict - `ok` or a reason */
  answered(message: CountedMessage, verdict: string): void {
    this.#messages.inc({ message, verdict });
  }

  /** Counts a message that this node sent. @param verdict - `ok` or a reason */
  sent(message: CountedMessage, verdict: string): void {
    this.#sent.inc({ message, verdict });
  }

  /** Counts a placement that ended. */
  placed(outcome: string, durationMs: number): void {
    this.#placements.inc({ outcome });
    this.#durations.observe({ outcome }, durationMs / 1000);
  }

  attempt(attempt: number): void {
    this.#attempts.inc({ attempt: String(attempt) });
  }

  promoted(reason: string): void {
    this.#promotions.inc({ reason });
  }

  /** @param primary - 64 hex digits */
  passedOver(primary: string): void {
    this.#passedOver.inc({ primary });
  }

  content(direction: 'in' | 'out', bytes: number): void {
    this.#bytes.inc({ direction }, bytes);
  }

  /** Counts a failure that is tried again. */
  trouble(part: string): void {
    this.#troubles.inc({ part });
  }

  /** Gives where the log of rounds ends, from now on, to whoever scrapes. */
  watchRounds(read: () => RoundReading): void {
    const gauge = (name: string, help: string, pick: (reading: RoundReading) => number): Gauge =>
      new Gauge({
        name: `provender_${name}`,
        help,
        registers: [this.#registry],
        collect() {
          this.set(pick(read()));
        },
      });
    gauge('round', 'Number of the last round of the log.', ({ head }) => Number(head));
    gauge(
      'round_lag_seconds',
      'Time since the last round, by its own time and the clock of this machine.',
      ({ unixMs }) => Math.max(0, (Date.now() - Number(unixMs)) / 1000),
    );
    gauge('round_fault', '1 when nothing may be built on the log of rounds any more.', ({ isFaulty }) =>
      isFaulty ? 1 : 0,
    );
  }
}

import { Counter, Gauge, type Registry } from 'prom-client';

/** What a scrubber is doing; read when somebody scrapes. */
export interface ScrubReading {
  readonly state: 'idle' | 'running' | 'paused';
  /** Since the end of the last round that was not given up. */
  readonly lagSeconds: number;
}

/** Counted minus what the store says. */
export interface UsageDifference {
  readonly storedBytes: number;
  readonly chunks: number;
  readonly files: number;
  readonly collections: number;
}

const STATE_NUMBERS = { idle: 0, running: 1, paused: 2 } as const;

/** The figures of the scrubber. */
export class ScrubMetrics {
  readonly #objects: Counter<'kind'>;
  readonly #bytes: Counter;
  readonly #damage: Counter<'kind'>;
  readonly #rounds: Counter;
  readonly #failures: Counter;
  readonly #difference: Gauge<'what'>;
  #read: () => ScrubReading = () => ({ state: 'idle', lagSeconds: 0 });

  constructor(registry: Registry) {
    const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
      new Counter<T>({ name, help, labelNames, registers: [registry] });
    this.#objects = counter('provender_scrub_objects_total', 'Objects that the scrubber checked, by kind.', [
      'kind',
    ]);
    this.#bytes = counter('provender_scrub_checked_bytes_total', 'Bytes that the scrubber read and checked.');
    this.#damage = counter(
      'provender_scrub_damage_total',
      'Damage that the scrubber found, by what is damaged.',
      ['kind'],
    );
    this.#rounds = counter('provender_scrub_rounds_total', 'Rounds of the scrubber that came to their end.');
    this.#failures = counter(
      'provender_scrub_failures_total',
      'Failures that kept the scrubber from getting on; it tries again.',
    );
    this.#difference = new Gauge({
      name: 'provender_scrub_usage_difference',
      help: 'What the last compared round counted minus what the store says.',
      labelNames: ['what'],
      registers: [registry],
    });
    this.#watch(registry);
  }

  /** Counts objects, or with kind `bytes` bytes, that were checked. */
  checked(kind: 'chunk' | 'file' | 'collection' | 'bytes', count: number): void {
    if (kind === 'bytes') this.#bytes.inc(count);
    else this.#objects.inc({ kind }, count);
  }

  /** Counts damage. */
  damaged(kind: string): void {
    this.#damage.inc({ kind });
  }

  /** Counts a round that ended. @param difference - absent when nothing could be compared */
  finished(difference: UsageDifference | undefined): void {
    this.#rounds.inc();
    if (difference === undefined) return;
    const { storedBytes, chunks, files, collections } = difference;
    this.#difference.set({ what: 'bytes' }, storedBytes);
    this.#difference.set({ what: 'chunks' }, chunks);
    this.#difference.set({ what: 'files' }, files);
    this.#difference.set({ what: 'collections' }, collections);
  }

  /** Counts a failure. */
  failed(): void {
    this.#failures.inc();
  }

  /** Gives what the scrubber does, from now on, to whoever scrapes. */
  watch(read: () => ScrubReading): void {
    this.#read = read;
  }

  #watch(registry: Registry): void {
    const read = (): ScrubReading => this.#read();
    const gauge = (name: string, help: string, pick: (reading: ScrubReading) => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(pick(read()));
        },
      });
    gauge(
      'provender_scrub_state',
      '0 when the scrubber is idle, 1 when a round runs, 2 when one is paused.',
      ({ state }) => STATE_NUMBERS[state],
    );
    gauge(
      'provender_scrub_lag_seconds',
      'Time since the last round of the scrubber came to its end, or since there is a scrubber.',
      ({ lagSeconds }) => lagSeconds,
    );
  }
}

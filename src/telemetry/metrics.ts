import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../content/error-codes.ts';
import { PaymentMetrics } from './payment-metrics.ts';
import { PlacementMetrics } from './placement-metrics.ts';
import { ScrubMetrics } from './scrub-metrics.ts';
import { StorerMetrics } from './storer-metrics.ts';
import { StoreMetrics } from './store-metrics.ts';

/** How a call ended. Bytes are those of content, without framing. */
export interface CallOutcome {
  readonly code: ErrorCode | 'OK';
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What a node holds, as the shares service tells it; read when somebody scrapes. */
export interface UsageReading {
  readonly storedBytes: number;
  readonly limitBytes: number;
  readonly reservedBytes: number;
  readonly chunks: number;
  readonly files: number;
  readonly collections: number;
}

/** From a chunk out of the cache to a file of 64 GiB. */
const LATENCY_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600,
];

/**
 * The figures of one node, in its own registry: two nodes in one process do not mix.
 * Names and labels are listed in docs/operations.md; a test holds the two together.
 */
export class Metrics {
  /** Those of the object store. */
  readonly store: StoreMetrics;
  /** Those of the scrubber. */
  readonly scrub: ScrubMetrics;
  /** Those of rounds and placements. */
  readonly placement: PlacementMetrics;
  /** Those of a storer, and of readings from others. */
  readonly storer: StorerMetrics;
  /** Those of paid calls. */
  readonly payments: PaymentMetrics;
  readonly #registry = new Registry();
  readonly #operations: Counter<'method' | 'code'>;
  readonly #bytes: Counter<'method' | 'direction'>;
  readonly #latency: Histogram<'method'>;
  readonly #inFlight: Gauge<'method'>;
  readonly #corrupt: Counter;
  readonly #handshakes: Counter;

  constructor() {
    const registers = [this.#registry];
    this.#operations = new Counter({
      name: 'provender_operations_total',
      help: 'Calls that ended, by method and code (OK or an error code).',
      labelNames: ['method', 'code'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'provender_content_bytes_total',
      help: 'Content bytes received (in) and sent (out), by method.',
      labelNames: ['method', 'direction'],
      registers,
    });
    this.#latency = new Histogram({
      name: 'provender_operation_duration_seconds',
      help: 'Time from the start of a call to its end, by method.',
      labelNames: ['method'],
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#inFlight = new Gauge({
      name: 'provender_operations_in_flight',
      help: 'Calls that run now, by method.',
      labelNames: ['method'],
      registers,
    });
    this.#corrupt = new Counter({
      name: 'provender_corrupt_blocks_total',
      help: 'Reads of stored bytes that failed their check.',
      registers,
    });
    this.#handshakes = new Counter({
      name: 'provender_tls_handshakes_failed_total',
      help: 'Connections refused or given up during or right after their TLS handshake.',
      registers,
    });
    this.store = new StoreMetrics(this.#registry);
    this.scrub = new ScrubMetrics(this.#registry);
    this.placement = new PlacementMetrics(this.#registry);
    this.storer = new StorerMetrics(this.#registry);
    this.payments = new PaymentMetrics(this.#registry);
    collectDefaultMetrics({ register: this.#registry });
  }

  /**
   * Counts a call from its start.
   * @returns to be called when the call has ended; a second time changes nothing
   */
  callStarted(method: string): (outcome: CallOutcome) => void {
    const startedAt = performance.now();
    let isRunning = true;
    this.#inFlight.inc({ method });
    return ({ code, bytesIn, bytesOut }) => {
      if (!isRunning) return;
      isRunning = false;
      this.#inFlight.dec({ method });
      this.#operations.inc({ method, code });
      this.#bytes.inc({ method, direction: 'in' }, bytesIn);
      this.#bytes.inc({ method, direction: 'out' }, bytesOut);
      this.#latency.observe({ method }, (performance.now() - startedAt) / 1000);
    };
  }

  /** Counts stored bytes that failed their check. */
  corruptBlock(): void {
    this.#corrupt.inc();
  }

  /** Counts a connection that did not become a TLS connection. */
  handshakeFailed(): void {
    this.#handshakes.inc();
  }

  /**
   * Gives when certificates end, from now on, to whoever scrapes.
   * @param read - milliseconds of Unix time by certificate: `server`, `client-ca`
   */
  watchCertificates(read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name: 'provender_tls_certificate_expiry_seconds',
      help: 'Seconds until a certificate in use ends; below 0 it has ended.',
      labelNames: ['certificate'],
      registers: [this.#registry],
      collect() {
        const now = Date.now();
        for (const [certificate, expiresAt] of Object.entries(read()))
          this.set({ certificate }, (expiresAt - now) / 1000);
      },
    });
  }

  /** Gives what the node holds, from now on, to whoever scrapes. */
  watchUsage(read: () => UsageReading): void {
    const registers = [this.#registry];
    const gauge = (name: string, help: string, pick: (usage: UsageReading) => number): Gauge =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(pick(read()));
        },
      });
    gauge('provender_stored_bytes', 'Bytes that shares take of the limit.', (usage) => usage.storedBytes);
    gauge('provender_limit_bytes', 'Configured limit of stored bytes.', (usage) => usage.limitBytes);
    gauge(
      'provender_reserved_bytes',
      'Bytes that running sets have reserved.',
      (usage) => usage.reservedBytes,
    );
    new Gauge({
      name: 'provender_objects',
      help: 'Objects held, by kind; chunks inside collections are not counted.',
      labelNames: ['kind'],
      registers,
      collect() {
        const { chunks, files, collections } = read();
        this.set({ kind: 'chunk' }, chunks);
        this.set({ kind: 'file' }, files);
        this.set({ kind: 'collection' }, collections);
      },
    });
  }

  /** Gives whether the node is ready, 1 or 0, to whoever scrapes. */
  watchReady(read: () => boolean): void {
    new Gauge({
      name: 'provender_ready',
      help: '1 when the node takes work, 0 when it does not.',
      registers: [this.#registry],
      collect() {
        this.set(read() ? 1 : 0);
      },
    });
  }

  /** All figures in the text format of Prometheus, with its content type. */
  async page(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

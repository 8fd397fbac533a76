import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ErrorCode } from '../content/error-codes.ts';

/** What the connection to a cluster carries now; read when somebody scrapes. */
export interface ClusterLoad {
  readonly inFlight: number;
  readonly inFlightBytes: number;
  readonly queued: number;
}

/** What became of sessions on a shared pool. */
export type SessionEvent = 'opened' | 'lost' | 'fenced' | 'swept';

/** From a row in the memory of LevelDB to an operation that waits for its time-out. */
const LATENCY_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120,
];

/**
 * The figures of the object store, of any adapter. Operations are those of the port; the last two families are of the store `rados` and stay 0 or
 * absent with others.
 */
export class StoreMetrics {
  readonly #registry: Registry;
  readonly #operations: Counter<'operation' | 'code'>;
  readonly #latency: Histogram<'operation'>;
  readonly #inFlight: Gauge<'operation'>;
  readonly #retries: Counter<'operation'>;
  readonly #sessions: Counter<'event'>;
  readonly #sweptBytes: Counter;
  readonly #dutyFailures: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#operations = new Counter({
      name: 'provender_store_operations_total',
      help: 'Operations of the object store that ended, by operation and code (OK or an error code).',
      labelNames: ['operation', 'code'],
      registers,
    });
    this.#latency = new Histogram({
      name: 'provender_store_operation_duration_seconds',
      help: 'Time of an operation of the object store, repetitions included.',
      labelNames: ['operation'],
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#inFlight = new Gauge({
      name: 'provender_store_operations_in_flight',
      help: 'Operations of the object store that run now.',
      labelNames: ['operation'],
      registers,
    });
    this.#retries = new Counter({
      name: 'provender_store_retries_total',
      help: 'Guarded operations without an answer that were sent again.',
      labelNames: ['operation'],
      registers,
    });
    this.#sessions = new Counter({
      name: 'provender_store_sessions_total',
      help: 'Sessions on a shared pool that this node opened, lost, fenced or swept.',
      labelNames: ['event'],
      registers,
    });
    this.#sweptBytes = new Counter({
      name: 'provender_store_swept_bytes_total',
      help: 'Bytes that dead sessions had left and this node deleted.',
      registers,
    });
    this.#dutyFailures = new Counter({
      name: 'provender_store_duty_failures_total',
      help: 'Background duties of the store that failed and are repeated.',
      registers,
    });
  }

  /**
   * Counts an operation from its start.
   * @returns to be called once, when it has ended
   */
  operationStarted(operation: string): (code: ErrorCode | 'OK') => void {
    const startedAt = performance.now();
    this.#inFlight.inc({ operation });
    return (code) => {
      this.#inFlight.dec({ operation });
      this.#operations.inc({ operation, code });
      this.#latency.observe({ operation }, (performance.now() - startedAt) / 1000);
    };
  }

  /** Counts an operation that was sent again. */
  retried(operation: string): void {
    this.#retries.inc({ operation });
  }

  /** Counts what happened to a session. */
  session(event: SessionEvent, sweptBytes = 0): void {
    this.#sessions.inc({ event });
    this.#sweptBytes.inc(sweptBytes);
  }

  /** Counts a background duty that failed. */
  dutyFailed(): void {
    this.#dutyFailures.inc();
  }

  /** Gives the load of the connection to a cluster, and how late the deletions are, to whoever scrapes. */
  watchCluster(load: () => ClusterLoad, removalLagSeconds: () => number): void {
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    gauge(
      'provender_ceph_operations_in_flight',
      'Operations that the cluster has not answered yet.',
      () => load().inFlight,
    );
    gauge('provender_ceph_bytes_in_flight', 'Bytes of these operations.', () => load().inFlightBytes);
    gauge(
      'provender_ceph_operations_queued',
      'Operations that wait for a place in flight.',
      () => load().queued,
    );
    gauge(
      'provender_store_removal_lag_seconds',
      'Time by which the oldest deletion of removed data is late.',
      removalLagSeconds,
    );
  }
}

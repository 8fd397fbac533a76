import type { Logger } from 'pino';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** What parts report to; made once by the composition root and passed down. */
export interface Telemetry {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
}

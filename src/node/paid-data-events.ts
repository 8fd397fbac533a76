import type { PaidDataEvents } from '../objects/payment-marks.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Tells what a store reports about data that was paid for. */
export function paidDataEvents({ log }: Pick<Telemetry, 'log'>): PaidDataEvents {
  return {
    paidDataKept: (event) =>
      log.warn({ event: 'paid-data-kept', ...event }, 'staged data with a payment stays'),
  };
}

import type { PaidDataEvents, PaymentMarks } from '../payment-marks.ts';
import type { StepHook } from '../step-hook.ts';

/** How an embedded adapter is opened. */
export interface EmbeddedOptions {
  /** Folder of the adapter; made when it is missing. Belongs to one process at a time. */
  readonly directory: string;
  /** Room on the disk, in bytes, that is left free: writes that would go below it are refused. 256 MiB by default. */
  readonly reserveBytes?: number;
  /** Asked at the open about staged data that payments hang on; without it such data is kept and reported. */
  readonly marks?: PaymentMarks;
  readonly events?: PaidDataEvents;
  /** Called between any two durable steps; only tests pass it. */
  readonly onStep?: StepHook;
}

/** Room that is left free by default. @see object-layout.md, section 7 */
export const DEFAULT_RESERVE_BYTES = 256 * 2 ** 20;

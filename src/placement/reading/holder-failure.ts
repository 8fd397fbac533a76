import { isProvenderError } from '../../content/provender-error.ts';
import type { HolderFault } from './reading-events.ts';

/** What one holder did wrong: the reading goes on without it. */
export class HolderFailure extends Error {
  readonly fault: HolderFault;

  constructor(fault: HolderFault, detail: string, options?: { readonly cause: unknown }) {
    super(detail, options);
    this.name = 'HolderFailure';
    this.fault = fault;
  }
}

/** What the failure of a call says of the holder. */
export function callFailure(cause: unknown): HolderFailure {
  const text = cause instanceof Error ? cause.message : String(cause);
  const options = { cause };
  if (isProvenderError(cause, 'PROVENDER_NOT_FOUND')) return new HolderFailure('missing', text, options);
  if (isProvenderError(cause, 'PROVENDER_CORRUPT')) return new HolderFailure('damaged', text, options);
  return new HolderFailure('unavailable', text, options);
}

/** A stream that its holder ended while we took nothing from it: nobody's fault, it is begun again. */
export class StalledStream extends Error {
  constructor(options: { readonly cause: unknown }) {
    super('the stream ended while it was not read', options);
    this.name = 'StalledStream';
  }
}

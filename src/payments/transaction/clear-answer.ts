import type { ErrorCode } from '../../content/error-codes.ts';
import { isProvenderError } from '../../content/provender-error.ts';

/** With these the state store says that a transaction was not applied and never will be. */
const NOT_APPLIED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PROVENDER_UNAVAILABLE',
  'PROVENDER_INVALID',
  'PROVENDER_CONFLICT',
  'PROVENDER_CORRUPT',
  'PROVENDER_CLOSED',
]);

/** Tells whether a failed transaction certainly wrote nothing. After any other failure it may have been applied, or may be applied later. */
export function wasNotApplied(error: unknown): boolean {
  return isProvenderError(error) && NOT_APPLIED.has(error.code);
}

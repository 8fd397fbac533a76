import { isProvenderError, ProvenderError } from '../content/provender-error.ts';

/** The error of an aborted call: the signal's own ProvenderError, else `PROVENDER_CANCELLED` with its reason as cause. */
export function abortReason(signal: AbortSignal): ProvenderError {
  const reason: unknown = signal.reason;
  if (isProvenderError(reason)) return reason;
  return new ProvenderError('PROVENDER_CANCELLED', 'the caller ended the call', { cause: reason });
}

/** @throws ProvenderError as `abortReason` gives it, when the signal has aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

import type { ServiceError } from '@grpc/grpc-js';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { fromStatus } from '../error-map.ts';
import { openPortHint, tlsMisfit } from './tls-failure.ts';

/** What is known of a call that failed. */
export interface FailedCall {
  /** Where it went. */
  readonly address: string;
  readonly isTls: boolean;
  readonly signal?: AbortSignal | undefined;
  /** It would have changed something, so a lost answer leaves the outcome open. */
  readonly isChange: boolean;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error && 'details' in error;
}

/** The signal's own error, or a `PROVENDER_CANCELLED` that has its reason as cause. */
export function cancelled(signal: AbortSignal): ProvenderError {
  const reason: unknown = signal.reason;
  if (isProvenderError(reason)) return reason;
  return new ProvenderError('PROVENDER_CANCELLED', 'the call was cancelled by its caller', { cause: reason });
}

/** What ended a call, as an error of ours; errors of others, such as a source that failed, stay as they are. */
export function callError(error: unknown, call: FailedCall): unknown {
  if (call.signal?.aborted === true) return cancelled(call.signal);
  if (!isServiceError(error)) return error;
  const found = fromStatus(error);
  const isBare = found.cause === error;
  if (!isBare) return found;
  if (found.code === 'PROVENDER_UNAVAILABLE')
    return tlsMisfit(error.details, call) ?? unavailable(error, call);
  if (found.code === 'PROVENDER_TIMEOUT') return late(error, call);
  return found;
}

function unavailable(error: ServiceError, call: FailedCall): ProvenderError {
  const { address } = call;
  const hint = openPortHint(error.details, call);
  return new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `no answer from the node at ${address} (${error.details}): check the address, and that a node serves there (provender serve)${hint}`,
    { details: { address }, cause: error },
  );
}

function late(error: ServiceError, { address, isChange }: FailedCall): ProvenderError {
  if (isChange) {
    return new ProvenderError(
      'PROVENDER_AMBIGUOUS',
      `the node at ${address} did not answer in time, the change may have been made: look with stat, then repeat`,
      { details: { address }, cause: error },
    );
  }
  return new ProvenderError(
    'PROVENDER_TIMEOUT',
    `the node at ${address} did not answer in time: allow more time`,
    {
      details: { address },
      cause: error,
    },
  );
}

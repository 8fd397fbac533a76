import { status } from '@grpc/grpc-js';
import type { ErrorCode } from '../../content/error-codes.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { CallFailure } from './etcd-call.ts';

/** What a failure says about the call that it ended. */
export type FailureKind =
  /** Nothing happened, and another endpoint may do it. */
  | 'elsewhere'
  /** Nothing happened, and nothing will anywhere. */
  | 'refused'
  /** It may have happened, or may still. */
  | 'unclear';

/**
 * Refusals that etcd gives before a request is agreed on, or by checks that precede its first write; only these prove that nothing was written.
 * `mvcc: database space exceeded` is none of them: a member whose space runs out while it applies a transaction applies it and answers this.
 */
const REFUSALS = new Map<string, { readonly kind: 'elsewhere' | 'refused'; readonly code: ErrorCode }>([
  ['etcdserver: no leader', { kind: 'elsewhere', code: 'PROVENDER_UNAVAILABLE' }],
  ['etcdserver: not capable', { kind: 'elsewhere', code: 'PROVENDER_UNAVAILABLE' }],
  ['etcdserver: rpc not supported for learner', { kind: 'elsewhere', code: 'PROVENDER_UNAVAILABLE' }],
  ['etcdserver: too many requests', { kind: 'refused', code: 'PROVENDER_UNAVAILABLE' }],
  ['etcdserver: requested lease not found', { kind: 'refused', code: 'PROVENDER_CONFLICT' }],
  ['etcdserver: request is too large', { kind: 'refused', code: 'PROVENDER_INVALID' }],
  ['etcdserver: too many operations in txn request', { kind: 'refused', code: 'PROVENDER_INVALID' }],
  ['etcdserver: duplicate key given in txn request', { kind: 'refused', code: 'PROVENDER_INVALID' }],
  ['etcdserver: permission denied', { kind: 'refused', code: 'PROVENDER_CONFIG' }],
  ['etcdserver: user name is empty', { kind: 'refused', code: 'PROVENDER_CONFIG' }],
  ['etcdserver: invalid auth token', { kind: 'refused', code: 'PROVENDER_CONFIG' }],
]);

/** Codes after which a read is asked again elsewhere. */
const PASSING: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.UNKNOWN,
  status.INTERNAL,
  status.CANCELLED,
]);

/** Tells what became of a write. */
export function kindOfFailure(failure: CallFailure): FailureKind {
  if (!failure.isSent) return 'elsewhere';
  return REFUSALS.get(failure.details)?.kind ?? 'unclear';
}

/** Tells whether a read, or a call that may be repeated, should go to another endpoint. */
export function mayRepeat(failure: CallFailure): boolean {
  const refusal = REFUSALS.get(failure.details);
  return refusal === undefined ? PASSING.has(failure.code) : refusal.kind === 'elsewhere';
}

/** True when no lease of that name is left. */
export function isLeaseGone({ details }: CallFailure): boolean {
  return details === 'etcdserver: requested lease not found';
}

/** True when history was asked for that is gone. */
export function isCompacted({ details }: CallFailure): boolean {
  return details === 'etcdserver: mvcc: required revision has been compacted';
}

/** The error of a call that wrote nothing. @param what - the call, for people */
export function failureError(failure: CallFailure, what: string): ProvenderError {
  const { code, details } = failure;
  const known = REFUSALS.get(details)?.code;
  return new ProvenderError(
    known ?? 'PROVENDER_UNAVAILABLE',
    known === 'PROVENDER_CONFLICT'
      ? `${what}: the lease has ended: grant a new one, then repeat`
      : `${what}: etcd said ${status[code] ?? code} (${details})`,
    { details: { status: code } },
  );
}

/** The error of a write that may have been applied, or may be later. */
export function ambiguousError({ code, details }: CallFailure, endpoint: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_AMBIGUOUS',
    `state transaction: etcd ${endpoint} said ${status[code] ?? code} (${details}); it may have been applied or still be, read before you repeat`,
    { details: { endpoint, status: code } },
  );
}

import { ProvenderError } from '../../../content/provender-error.ts';
import type { Operation } from './operation.ts';
import { nativeErrno, RadosError, type RadosErrorContext } from './rados-error.ts';

/** Result codes that mean more than their number. */
const TIMED_OUT = -110;
const NO_ROOM: readonly number[] = [-28, -122];

/** Tells where an operation was going: the key, the pool, and what it was. */
export interface CallContext extends RadosErrorContext {
  readonly isWrite: boolean;
}

function named({ syscall, key, pool }: RadosErrorContext): string {
  const what = key === undefined ? '' : ` '${key}'`;
  return pool === undefined ? `${syscall}${what}` : `${syscall}${what} in pool '${pool}'`;
}

function details({ syscall, key, pool }: RadosErrorContext): Record<string, string> {
  return { syscall, ...(key === undefined ? {} : { key }), ...(pool === undefined ? {} : { pool }) };
}

function ambiguous(context: CallContext, why: string, cause?: unknown): ProvenderError {
  return new ProvenderError(
    'PROVENDER_AMBIGUOUS',
    `${named(context)}: ${why}; it may still be applied, read before you repeat`,
    { details: details(context), cause },
  );
}

/**
 * The error for a negative result code of librados.
 *
 * @returns a ProvenderError for what has a code of ours, each with the RadosError as its cause; a RadosError for all others
 * @see native-addon.md, sections 3 and 4
 */
export function answerError(rc: number, context: CallContext): ProvenderError | RadosError {
  const cause = new RadosError(rc, context);
  if (rc === TIMED_OUT) {
    if (context.isWrite) return ambiguous(context, 'no answer within the op time-out', cause);
    const message = `${named(context)}: no answer within the op time-out`;
    return new ProvenderError('PROVENDER_TIMEOUT', message, { details: details(context), cause });
  }
  if (!NO_ROOM.includes(rc)) return cause;
  return new ProvenderError(
    'PROVENDER_OVER_QUOTA',
    `${named(context)}: ${cause.code}, the pool or the cluster takes no more bytes; remove objects, raise the quota or add disks`,
    { details: details(context), cause },
  );
}

/**
 * The error of an operation that did not succeed; to be made after the `await`.
 *
 * @param operation - ended
 */
export function operationError(operation: Operation, pool: string | undefined): unknown {
  const { syscall, key, isWrite } = operation.task;
  const full = { syscall, key, pool, isWrite };
  switch (operation.ending) {
    case 'answered':
      return answerError(operation.rc, full);
    case 'cancelled':
      return endedEarly(operation, full, 'PROVENDER_CANCELLED', 'the caller ended the call');
    case 'timedOut':
      return endedEarly(operation, full, 'PROVENDER_TIMEOUT', 'the time was over');
    case 'closed':
      return endedEarly(operation, full, 'PROVENDER_CLOSED', 'the pool was closed');
    case 'failed':
    case undefined:
      return operation.failure;
  }
}

function endedEarly(
  operation: Operation,
  context: CallContext,
  code: 'PROVENDER_CANCELLED' | 'PROVENDER_TIMEOUT' | 'PROVENDER_CLOSED',
  why: string,
): ProvenderError {
  const cause: unknown = operation.signal?.aborted === true ? operation.signal.reason : undefined;
  if (context.isWrite && operation.wasSubmitted)
    return ambiguous(context, `${why} before the answer came`, cause);
  const place = operation.wasSubmitted ? 'before the answer came' : 'before it was submitted';
  return new ProvenderError(code, `${named(context)}: ${why} ${place}`, { details: details(context), cause });
}

/** The error of a rare call: the addon rejects with `errno` and `syscall`. Others pass as they are. */
export function rareError(error: unknown, context: Omit<CallContext, 'syscall'>): unknown {
  const found = nativeErrno(error);
  return found === undefined ? error : answerError(found.errno, { ...context, syscall: found.syscall });
}

import { isProvenderError } from '../content/provender-error.ts';
import { redact } from './redact.ts';

/** An error as a log line carries it. */
export interface ErrorDescription {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly details?: Record<string, unknown>;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

/** A chain of causes is followed this far; a longer one is a loop. */
const MAX_CAUSES = 5;

/** Describes an error and its causes for the log: code, message, details, stack. What is no error is told by its type. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(isProvenderError(error) ? { details: redact(error.details) } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** Facts of an error for programs: limits, found values, ids in hex. Never secrets or payload bytes. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint>>;

/** The one error class. Match on `code`; the text is for people and may change. */
export class ProvenderError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProvenderError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The same call, unchanged, may succeed later, and repeating it is harmless. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** Tells whether `error` is ours and, when a code is given, has that code. */
export function isProvenderError(error: unknown, code?: ErrorCode): error is ProvenderError {
  return error instanceof ProvenderError && (code === undefined || error.code === code);
}

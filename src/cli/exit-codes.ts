import type { ErrorCode } from '../content/error-codes.ts';
import { ERROR_CODES } from '../content/error-codes.ts';

/** Exit codes of every command; docs/operations.md lists them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  corrupt: 4,
  overQuota: 5,
  tryLater: 6,
  interrupted: 130,
  terminated: 143,
} as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  PROVENDER_INVALID: EXIT.usage,
  PROVENDER_RANGE: EXIT.usage,
  PROVENDER_CONFIG: EXIT.usage,
  PROVENDER_NOT_FOUND: EXIT.notFound,
  PROVENDER_CORRUPT: EXIT.corrupt,
  PROVENDER_OVER_QUOTA: EXIT.overQuota,
  PROVENDER_CANCELLED: EXIT.interrupted,
};

/** The exit code for an error: its own, 6 for what may work later (node away or busy), else 1. */
export function exitCodeFor(code: ErrorCode): number {
  return BY_CODE[code] ?? (ERROR_CODES[code].retryable ? EXIT.tryLater : EXIT.failed);
}

import { ERROR_CODES } from '../../content/error-codes.ts';
import { isProvenderError } from '../../content/provender-error.ts';

/** One thing that was looked at. `warning` works but should be mended; `bad` keeps a node from working. */
export interface Finding {
  readonly check: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly found: string;
  readonly cure?: string;
}

/** A check that ended with an error of ours; other errors are faults of the software and thrown. */
export function failed(check: string, error: unknown): Finding {
  if (!isProvenderError(error)) throw error;
  return { check, state: 'bad', found: error.message, cure: ERROR_CODES[error.code].cure };
}

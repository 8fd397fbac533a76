import { isProvenderError } from '../content/provender-error.ts';

/** An error of ours without its stack: what is tried again comes often, and where it comes from is known. */
export function briefly(error: unknown): Record<string, unknown> {
  return isProvenderError(error) ? { code: error.code, reason: error.message } : { err: error };
}

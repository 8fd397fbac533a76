import { isProvenderError } from '../content/provender-error.ts';

/** Ends a check; it never leaves the checker. */
export class Refusal<R extends string> extends Error {
  readonly reason: R;

  constructor(reason: R, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** What a checker answers. */
export type CheckVerdict<F, R extends string> =
  | { readonly ok: true; readonly facts: F }
  | { readonly ok: false; readonly reason: R; readonly detail: string };

/** Runs checks that end with a `Refusal`, with an error of a codec (bytes that are no such message), or give their facts. */
export function checkVerdict<F, R extends string>(checks: () => F): CheckVerdict<F, R | 'form'> {
  try {
    return { ok: true, facts: checks() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.reason, detail: error.message };
    const isForm =
      isProvenderError(error, 'PROVENDER_INVALID') || isProvenderError(error, 'PROVENDER_UNSUPPORTED');
    if (!isForm) throw error;
    return { ok: false, reason: 'form', detail: error.message };
  }
}

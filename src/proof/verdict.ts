/** Why a proof is not accepted. @see proof-of-replication.md, section 9, rule 8 */
export type RejectionReason =
  | 'format'
  | 'limit'
  | 'statement'
  | 'challenge'
  | 'indices'
  | 'siblings'
  | 'root'
  | 'relation'
  | 'padding';

/** What a verifier answers. */
export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: RejectionReason; readonly detail: string };

/** Ends a verification; it never leaves the verifier. */
export class Rejection extends Error {
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** Runs checks that end with a `Rejection`, or pass. */
export function verdictOf(checks: () => void): Verdict {
  try {
    checks();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { ok: false, reason: error.reason, detail: error.message };
  }
}

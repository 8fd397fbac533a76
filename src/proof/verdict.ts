/** In the order of the numbers that kernels give, from 1 on. */
const REJECTION_REASONS = [
  'format',
  'limit',
  'statement',
  'challenge',
  'indices',
  'siblings',
  'root',
  'relation',
  'padding',
] as const;
/** Why a proof is not accepted. @see proof-of-replication.md, section 9, rule 8 */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

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

const DETAILS: Record<RejectionReason, string> = {
  format: 'not the bytes of a replica proof of the form that was asked for',
  limit: 'longer than a proof may be, or a count larger than the bytes left',
  statement: 'the statement has facts that do not fit each other, or the proof is of another replica',
  challenge: 'no such challenge exists for the object, or the proof answers another one',
  indices: 'other leaves are opened than were asked for',
  siblings: 'more or fewer siblings than the leaves need',
  root: 'the leaves of a layer lead to another root',
  relation: 'a layer does not decode to the one below',
  padding: 'bytes behind the content are not zero',
};

/** The verdict behind the number that a kernel gives: 0 is `ok`. */
export function verdictOfNumber(number: number): Verdict {
  if (number === 0) return { ok: true };
  const reason = REJECTION_REASONS[number - 1] ?? 'format';
  return { ok: false, reason, detail: DETAILS[reason] };
}

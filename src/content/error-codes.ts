/** What a code says about itself; `docs/errors.md` has one row for each. */
export interface ErrorCodeFacts {
  /** The same call, unchanged, may succeed later, and repeating it is harmless. */
  readonly retryable: boolean;
  /** What the caller can do, one sentence. */
  readonly cure: string;
}

/** Every error code of Provender. Callers and tests match these and never a text. */
export const ERROR_CODES = {
  PROVENDER_INVALID: { retryable: false, cure: 'Mend the argument that the message names.' },
  PROVENDER_RANGE: { retryable: false, cure: 'Ask for bytes that the object has; stat tells its size.' },
  PROVENDER_NOT_FOUND: { retryable: false, cure: 'Check the id; the node does not hold this object.' },
  PROVENDER_EXISTS: { retryable: false, cure: 'Choose another name, or remove what is there first.' },
  PROVENDER_CONFLICT: { retryable: false, cure: 'Read the object again, then decide whether to repeat.' },
  PROVENDER_CORRUPT: { retryable: false, cure: 'Remove the object, then set it again from another copy.' },
  PROVENDER_OVER_QUOTA: { retryable: false, cure: 'Remove objects, raise the limit or free the disk.' },
  PROVENDER_BUSY: { retryable: true, cure: 'Repeat after the delay that the error gives.' },
  PROVENDER_UNAVAILABLE: { retryable: true, cure: 'Repeat later; the store or the node is away.' },
  PROVENDER_CLOSED: { retryable: true, cure: 'Repeat against a node that is not shutting down.' },
  PROVENDER_TIMEOUT: { retryable: true, cure: 'Repeat with more time; nothing was written.' },
  PROVENDER_AMBIGUOUS: { retryable: false, cure: 'Read before you repeat; the write may have landed.' },
  PROVENDER_CANCELLED: { retryable: false, cure: 'Nothing; the caller ended the call.' },
  PROVENDER_UNSUPPORTED: { retryable: false, cure: 'Use a profile or version that this node knows.' },
  PROVENDER_DENIED: { retryable: false, cure: 'Call from loopback or as an operator.' },
  PROVENDER_UNPAID: {
    retryable: false,
    cure: 'Pay as the message says; price and channel state can be asked for.',
  },
  PROVENDER_NONCE: { retryable: false, cure: 'Read the channel from the chain, then pay on its nonce.' },
  PROVENDER_CHANNEL_BUSY: {
    retryable: true,
    cure: 'Repeat when the call or claim that has the channel has ended.',
  },
  PROVENDER_CHANNEL: {
    retryable: false,
    cure: 'Compare the channel on the chain with what the message says; the provider may have to look.',
  },
  PROVENDER_PAYMENT_UNKNOWN: {
    retryable: false,
    cure: 'Ask for the state of the channel, then repeat the identical payment if it was not taken.',
  },
  PROVENDER_NATIVE_MISSING: { retryable: false, cure: 'Install what the message names, then build.' },
  PROVENDER_CONFIG: { retryable: false, cure: 'Mend the setting that the message names.' },
  PROVENDER_INTERNAL: { retryable: false, cure: 'Look up the log id in the log of the node.' },
} as const satisfies Record<string, ErrorCodeFacts>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Tells whether a string, from the wire for instance, is a code of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

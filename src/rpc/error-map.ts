import { Metadata, type ServiceError, status, type StatusObject } from '@grpc/grpc-js';
import { type ErrorCode, isErrorCode } from '../content/error-codes.ts';
import { type ErrorDetails, ProvenderError } from '../content/provender-error.ts';
import { ErrorDetail } from '../generated/provender/v1/share.ts';

/** Names of the trailers that carry an error whole. @see spec/grpc.md, section 6 */
export const TRAILERS = {
  code: 'provender-code',
  retryable: 'provender-retryable',
  details: 'provender-details-bin',
  logId: 'provender-log-id',
} as const;

/** The most bytes of UTF-8 that a status text has. */
export const MAX_STATUS_TEXT = 1024;

/** What clients of payment channels know as "incorrect nonce". @see payment-channels.md, section 6 */
const INCORRECT_NONCE = 1000;

/** @see spec/grpc.md, section 6 */
const STATUS_OF_CODE: Record<ErrorCode, number> = {
  PROVENDER_INVALID: status.INVALID_ARGUMENT,
  PROVENDER_RANGE: status.OUT_OF_RANGE,
  PROVENDER_NOT_FOUND: status.NOT_FOUND,
  PROVENDER_EXISTS: status.ALREADY_EXISTS,
  PROVENDER_CONFLICT: status.ABORTED,
  PROVENDER_CORRUPT: status.DATA_LOSS,
  PROVENDER_OVER_QUOTA: status.RESOURCE_EXHAUSTED,
  PROVENDER_BUSY: status.RESOURCE_EXHAUSTED,
  PROVENDER_UNAVAILABLE: status.UNAVAILABLE,
  PROVENDER_CLOSED: status.UNAVAILABLE,
  PROVENDER_TIMEOUT: status.DEADLINE_EXCEEDED,
  PROVENDER_AMBIGUOUS: status.UNKNOWN,
  PROVENDER_CANCELLED: status.CANCELLED,
  PROVENDER_UNSUPPORTED: status.UNIMPLEMENTED,
  PROVENDER_DENIED: status.PERMISSION_DENIED,
  PROVENDER_UNPAID: status.UNAUTHENTICATED,
  PROVENDER_NONCE: INCORRECT_NONCE,
  PROVENDER_CHANNEL_BUSY: status.FAILED_PRECONDITION,
  PROVENDER_CHANNEL: status.INTERNAL,
  PROVENDER_PAYMENT_UNKNOWN: status.UNAVAILABLE,
  PROVENDER_NATIVE_MISSING: status.FAILED_PRECONDITION,
  PROVENDER_CONFIG: status.FAILED_PRECONDITION,
  PROVENDER_INTERNAL: status.INTERNAL,
};

/** What a bare status means: one that came without our trailers, from gRPC itself or something between. */
const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [status.INVALID_ARGUMENT, 'PROVENDER_INVALID'],
  [status.OUT_OF_RANGE, 'PROVENDER_RANGE'],
  [status.NOT_FOUND, 'PROVENDER_NOT_FOUND'],
  [status.ALREADY_EXISTS, 'PROVENDER_EXISTS'],
  [status.ABORTED, 'PROVENDER_CONFLICT'],
  [status.DATA_LOSS, 'PROVENDER_CORRUPT'],
  [status.RESOURCE_EXHAUSTED, 'PROVENDER_BUSY'],
  [status.UNAVAILABLE, 'PROVENDER_UNAVAILABLE'],
  // a reset stream: whoever cancels a call itself knows it without asking the wire
  [status.CANCELLED, 'PROVENDER_UNAVAILABLE'],
  [status.DEADLINE_EXCEEDED, 'PROVENDER_TIMEOUT'],
  [status.UNIMPLEMENTED, 'PROVENDER_UNSUPPORTED'],
  [status.PERMISSION_DENIED, 'PROVENDER_DENIED'],
  [status.UNAUTHENTICATED, 'PROVENDER_DENIED'],
  [status.FAILED_PRECONDITION, 'PROVENDER_CONFIG'],
  [INCORRECT_NONCE, 'PROVENDER_NONCE'],
]);

/** One line of at most 1 KiB, well-formed, so that it may stand in a header. */
export function statusText(text: string): string {
  const line = Buffer.from(text.replaceAll(/\s+/g, ' ').trim());
  if (line.length <= MAX_STATUS_TEXT) return line.toString();
  // a character that the cut splits becomes U+FFFD, which is longer than what it replaces by at most two bytes
  return line.subarray(0, MAX_STATUS_TEXT - 2).toString();
}

/** Numbers as decimals, everything else as it is. */
function detailsToWire(details: ErrorDetails): Record<string, string> {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, String(value)]));
}

/** Decimals of up to 20 digits are numbers again (`bigint` above 2^53-1); hex ids have 64 characters and stay strings. */
function detailsFromWire(details: Record<string, string>): ErrorDetails {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => {
      if (!/^(0|-?[1-9]\d{0,19})$/.test(value)) return [key, value];
      const number = Number(value);
      return [key, Number.isSafeInteger(number) ? number : BigInt(value)];
    }),
  );
}

/** The error as the wire carries it; an internal one says no more than that, its cause stands in the log. */
export function toErrorDetail(error: ProvenderError): ErrorDetail {
  const isInternal = error.code === 'PROVENDER_INTERNAL';
  return {
    code: error.code,
    message: isInternal ? 'internal error' : statusText(error.message),
    retryable: error.retryable,
    details: isInternal ? {} : detailsToWire(error.details),
  };
}

/** The error that `toErrorDetail` was given; a code that this version does not know is internal. */
export function fromErrorDetail(detail: ErrorDetail): ProvenderError {
  const details = detailsFromWire(detail.details);
  if (isErrorCode(detail.code)) return new ProvenderError(detail.code, detail.message, { details });
  return new ProvenderError('PROVENDER_INTERNAL', `unknown code ${detail.code}: ${detail.message}`, {
    details,
  });
}

/** The status that ends a call with `error`. @param logId - where the log has more */
export function toStatus(error: ProvenderError, logId?: string): StatusObject {
  const detail = toErrorDetail(error);
  const metadata = new Metadata();
  metadata.set(TRAILERS.code, detail.code);
  metadata.set(TRAILERS.retryable, String(detail.retryable));
  metadata.set(TRAILERS.details, Buffer.from(ErrorDetail.encode(detail).finish()));
  if (logId !== undefined) metadata.set(TRAILERS.logId, logId);
  return { code: STATUS_OF_CODE[error.code], details: detail.message, metadata };
}

function detailOf(metadata: Metadata): ErrorDetail | undefined {
  const [bytes] = metadata.get(TRAILERS.details);
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    return ErrorDetail.decode(bytes);
  } catch {
    return undefined; // not ours: the status alone still says something
  }
}

/** The error that ended a call: whole when our trailers are there, else what the bare status means. */
export function fromStatus(error: ServiceError): ProvenderError {
  const detail = detailOf(error.metadata);
  if (detail !== undefined && isErrorCode(detail.code)) {
    const [logId] = error.metadata.get(TRAILERS.logId);
    const details = detailsFromWire(detail.details);
    const found = typeof logId === 'string' ? { ...details, logId } : details;
    return new ProvenderError(detail.code, detail.message, { details: found });
  }
  const code = CODE_OF_STATUS.get(error.code) ?? 'PROVENDER_INTERNAL';
  return new ProvenderError(code, error.details, { cause: error });
}

/** Names of fields whose values never reach a log, a page or a terminal; compared without case, `-` and `_`. */
const SECRET_NAMES = new Set([
  'privatekey',
  'secretkey',
  'secret',
  'password',
  'passphrase',
  'token',
  'authorization',
  'pem',
  'payload',
  'data',
  'chunk',
  'chunks',
]);
const REDACTED = '[redacted]';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Deeper objects are named, not printed: a log line is no place for a tree. */
const MAX_DEPTH = 4;

/**
 * Makes a copy of fields that is fit for a log: values of secret names and PEM private keys are masked, bytes are told by their
 * number only, bigints become decimal strings.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactFields(fields, 0);
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isSecretName(name) ? REDACTED : redactValue(value, depth + 1),
    ]),
  );
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.toLowerCase().replaceAll(/[-_]/g, ''));
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return PRIVATE_KEY.test(value) ? REDACTED : value;
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth > MAX_DEPTH) return '[nested]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactFields(value, depth);
}

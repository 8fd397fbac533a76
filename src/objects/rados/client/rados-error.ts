import { errnoFacts } from './errno.ts';

/** Where an error of librados came from. */
export interface RadosErrorContext {
  /** Function of librados: `rados_aio_read`. */
  readonly syscall: string;
  readonly key?: string | undefined;
  readonly pool?: string | undefined;
  /** What the cluster said besides, for people. */
  readonly status?: string | undefined;
}

/** An error of librados, shaped like Node's system errors. Match on `code`. */
export class RadosError extends Error {
  /** `ENOENT`, as Node names it. */
  readonly code: string;
  /** Negative, -2 for `ENOENT`. */
  readonly errno: number;
  readonly syscall: string;
  readonly key: string | undefined;
  readonly pool: string | undefined;

  constructor(rc: number, context: RadosErrorContext) {
    const { code, text } = errnoFacts(rc);
    const what = context.key === undefined ? '' : ` '${context.key}'`;
    const where = context.pool === undefined ? '' : ` in pool '${context.pool}'`;
    const status = context.status === undefined || context.status === '' ? '' : ` (${context.status})`;
    super(`${code}: ${text}, ${context.syscall}${what}${where}${status}`);
    this.name = 'RadosError';
    this.code = code;
    this.errno = rc;
    this.syscall = context.syscall;
    this.key = context.key;
    this.pool = context.pool;
  }
}

/** Tells whether `error` comes from librados and, when a code is given, has that code. */
export function isRadosError(error: unknown, code?: string): error is RadosError {
  return error instanceof RadosError && (code === undefined || error.code === code);
}

/** Where an error that the addon rejects with came from; `undefined` when it is not one of librados. */
export function nativeErrno(error: unknown): { errno: number; syscall: string } | undefined {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return undefined;
  const syscall = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : 'librados';
  return { errno: error.errno, syscall };
}

/** The RadosError for what the addon rejects with; other errors pass. */
export function asRadosError(error: unknown): unknown {
  const found = nativeErrno(error);
  return found === undefined ? error : new RadosError(found.errno, { syscall: found.syscall });
}

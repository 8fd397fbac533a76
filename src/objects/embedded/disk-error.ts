import { ProvenderError } from '../../content/provender-error.ts';

/** Texts of ENOSPC and EDQUOT as LevelDB hands them on; it gives no error number. */
const NO_SPACE_TEXT = /No space left on device|Disk quota exceeded/;

function property(error: unknown, name: string): unknown {
  return error instanceof Error && name in error ? Reflect.get(error, name) : undefined;
}

/** Code of a Node or LevelDB error, of its cause where it has none that tells more. */
export function errorCode(error: unknown): string | undefined {
  const cause = property(error, 'cause');
  const code = property(error, 'code');
  if (code === 'LEVEL_DATABASE_NOT_OPEN' && cause !== undefined) return errorCode(cause);
  return typeof code === 'string' ? code : undefined;
}

/** Tells whether a write failed because the disk, or the share of it that we may use, has no room. */
export function isNoSpace(error: unknown): boolean {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  if (error instanceof Error && NO_SPACE_TEXT.test(error.message)) return true;
  const cause = property(error, 'cause');
  return cause !== undefined && isNoSpace(cause);
}

/** Wraps the failure of a read: a record that LevelDB finds damaged is `PROVENDER_CORRUPT`, all else `PROVENDER_UNAVAILABLE`. */
export function readError(error: unknown, what: string): ProvenderError {
  if (error instanceof ProvenderError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (errorCode(error) === 'LEVEL_CORRUPTION')
    return new ProvenderError('PROVENDER_CORRUPT', `${what}: the database is damaged (${text})`, {
      cause: error,
    });
  return new ProvenderError('PROVENDER_UNAVAILABLE', `${what}: reading failed (${text}); check the disk`, {
    cause: error,
  });
}

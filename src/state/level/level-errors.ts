import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** The code that says most: package `level` wraps what LevelDB says while it opens. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const inner = codeOf(error.cause);
  return inner ?? ('code' in error ? error.code : undefined);
}

/** Says why a database does not open, and what to do. @param owner - reads who has it */
export async function openError(
  error: unknown,
  { directory, owner }: { readonly directory: string; readonly owner: () => Promise<string> },
): Promise<ProvenderError> {
  if (isProvenderError(error)) return error;
  const options = { details: { directory }, cause: error };
  if (codeOf(error) === 'LEVEL_LOCKED') {
    const pid = (await owner().catch(() => '')).trim();
    const who = pid === '' ? 'another process' : `process ${pid}`;
    return new ProvenderError(
      'PROVENDER_CONFIG',
      `state store ${directory} is in use by ${who}: stop it, or give this node another folder`,
      options,
    );
  }
  const text = textOf(error);
  if (codeOf(error) === 'LEVEL_CORRUPTION')
    return new ProvenderError(
      'PROVENDER_CORRUPT',
      `state store ${directory}: the database is damaged (${text})`,
      options,
    );
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `state store ${directory} cannot be opened (${text}): check path, rights and disk`,
    options,
  );
}

/** Wraps the failure of a read: `PROVENDER_CORRUPT` for what LevelDB finds damaged, else `PROVENDER_UNAVAILABLE`. */
export function readError(error: unknown, what: string): ProvenderError {
  if (isProvenderError(error)) return error;
  const text = textOf(error);
  if (codeOf(error) === 'LEVEL_CORRUPTION')
    return new ProvenderError('PROVENDER_CORRUPT', `${what}: the database is damaged (${text})`, {
      cause: error,
    });
  return new ProvenderError('PROVENDER_UNAVAILABLE', `${what}: reading failed (${text}); check the disk`, {
    cause: error,
  });
}

/** A write that failed: LevelDB may find it in its log at the next opening, or not. */
export function writeError(error: unknown, directory: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_AMBIGUOUS',
    `state store ${directory}: a write failed (${textOf(error)}) and may have landed; mend the disk, start again, then read`,
    { details: { directory }, cause: error },
  );
}

/** What every call gets after a write that failed. */
export function refusal(failure: ProvenderError, directory: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `state store ${directory} refuses since a write failed (${textOf(failure)}); mend the disk and start again`,
    { details: { directory }, cause: failure },
  );
}

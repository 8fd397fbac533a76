import { ProvenderError } from '../content/provender-error.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Wraps an error of the local file system so that it names the path and has a stable code; passes others on. */
export function localError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ProvenderError) return error;
  const errno = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (errno === undefined || !('syscall' in error)) return error;
  const code = NO_ROOM.has(errno) ? 'PROVENDER_OVER_QUOTA' : 'PROVENDER_INVALID';
  return new ProvenderError(code, `${path}: ${reasons.get(errno) ?? error.message}`, {
    details: { path, errno },
    cause: error,
  });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'no right to open it'],
  ['EISDIR', 'is a folder, not a file'],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['ENOSPC', 'no room on its disk'],
]);

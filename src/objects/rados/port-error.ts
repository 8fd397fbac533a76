import { ProvenderError } from '../../content/provender-error.ts';
import type { RadosSession } from './rados-session.ts';
import { isRadosError, type RadosError } from './client/rados-error.ts';

/**
 * What the port tells of a failed operation; no error of librados leaves the adapter.
 *
 * - The session has ended: its reason, whatever the operation said. An answer that means the end of the session ends it here.
 * - A read, or a write that was not sent, had no answer in time: `PROVENDER_UNAVAILABLE`.
 * - Everything else of librados: `PROVENDER_UNAVAILABLE` with what to look at.
 *
 * @param what - names the operation and its object, for the message
 */
export function portError(error: unknown, session: RadosSession, what: string): unknown {
  session.failed(error);
  if (session.ended.aborted) return session.ended.reason;
  if (isRadosError(error)) return unavailable(error, what);
  if (!(error instanceof ProvenderError)) return error;
  const { code } = error;
  if (code === 'PROVENDER_TIMEOUT' || code === 'PROVENDER_CANCELLED' || code === 'PROVENDER_CLOSED')
    return new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      `${what}: the cluster did not answer in time; repeat later`,
      {
        cause: error,
      },
    );
  return error;
}

/** Runs an operation of a session whose errors leave the adapter. */
export async function asPort<T>(session: RadosSession, what: string, task: () => Promise<T>): Promise<T> {
  session.ended.throwIfAborted();
  try {
    return await task();
  } catch (error) {
    throw portError(error, session, what);
  }
}

function unavailable(error: RadosError, what: string): ProvenderError {
  const advice = ADVICE.get(error.code) ?? 'see the health of the cluster';
  return new ProvenderError('PROVENDER_UNAVAILABLE', `${what}: ${error.message}; ${advice}`, {
    details: { errno: error.errno, syscall: error.syscall },
    cause: error,
  });
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'pool or namespace are not what they were when the store was opened'],
  ['EPERM', "check the caps of the user: osd 'allow rwx pool=NAME'"],
  ['EACCES', "check the caps of the user: osd 'allow rwx pool=NAME'"],
  ['EIO', 'Ceph cannot read what it stored: see `ceph health detail` and scrub the placement group'],
]);

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** librados reports where a comparison of bytes failed as -(MAX_ERRNO + offset). @see /usr/include/rados/librados.h, rados_cmpext */
const MAX_ERRNO = 4095;

/** What a negative result code means. */
export interface ErrnoFacts {
  /** `ENOENT`; `EMISMATCH` for a comparison that failed; `E<number>` for what this system has no name for. */
  readonly code: string;
  /** Plain words, without the code. */
  readonly text: string;
}

/** Codes that the OSDs use in a sense of their own. */
const CEPH_TEXTS: Readonly<Record<string, string>> = {
  ESHUTDOWN: 'this client was put on the blocklist of the cluster',
  ECANCELED: 'a guard did not hold, or the call was cancelled',
  ENAMETOOLONG: 'name too long',
  EDQUOT: 'quota of the pool reached',
  ENOSPC: 'the cluster or the pool is full',
  EUSERS: 'sixteen threads share this connection already, give another `instance`',
};

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/**
 * Names a result code of librados.
 *
 * @param rc - negative
 */
export function errnoFacts(rc: number): ErrnoFacts {
  if (rc <= -MAX_ERRNO) return { code: 'EMISMATCH', text: `bytes differ at offset ${-rc - MAX_ERRNO}` };
  const [uvName, uvText] = getSystemErrorMap().get(rc) ?? [];
  const code = names.get(-rc) ?? uvName ?? `E${-rc}`;
  return { code, text: CEPH_TEXTS[code] ?? uvText ?? `error ${-rc}` };
}

/** A size of objects, and how its rates are told. */
export interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly unit: 'op/s' | 'MB/s';
}

export const SMALL: Size = { name: '4 KiB', bytes: 4096, unit: 'op/s' };
export const LARGE: Size = { name: '4 MiB', bytes: 2 ** 22, unit: 'MB/s' };
export const SIZES = [SMALL, LARGE] as const;

/** Operations in flight. */
export const DEPTHS = [1, 16, 64, 256] as const;

export type Verb = 'write_full' | 'random read';
export const VERBS: readonly Verb[] = ['write_full', 'random read'];

/** Objects of a `readMany`. */
export const BATCH = 64;
/** Calls in flight of the store above the client. */
export const STORE_DEPTH = 64;

/** Names of cases; those of `rados bench` and of CPU are made from them. */
export const caseOf = {
  operation: (size: Size, verb: Verb, depth: number): string => `${size.name} ${verb}, ${depth} in flight`,
  readMany: `4 KiB readMany of ${BATCH}, one at a time`,
  readSingly: `4 KiB random read, ${BATCH} at a time`,
  setChunk: `lone chunk: set, ${STORE_DEPTH} in flight`,
  getChunk: `lone chunk: get, ${STORE_DEPTH} in flight`,
  publish: `file: publish, ${STORE_DEPTH} in flight`,
} as const;

/** The same by `rados bench`. */
export function peerOf(name: string): string {
  return `rados bench: ${name}`;
}

/** CPU of the client per operation. */
export function cpuOf(name: string): string {
  return `${name}: client CPU`;
}

/** CPU of the daemons on this machine per operation. */
export function daemonCpuOf(name: string): string {
  return `${name}: CPU of the daemons`;
}

// The face of rados.node: what C++ gives and TypeScript builds on. C++ asserts its arguments; TypeScript has checked them.
// Numbers called `id` are u32, chosen by TypeScript, and not in use: the sink gets them back with the result code.

/** `extra` is there only when an operation of this batch has more to give than a number; same order as the pairs. */
export type Sink = (pairs: Int32Array, extras?: readonly unknown[]) => void;

/**
 * Steps in the order of operations.ts, flattened for cheap parsing in C++: [code, ...fields], fields in the order of the types there. Lists are
 * flat too: [omapSet, key, value, key, value, ...], [omapRemove, key, key, ...], [omapKeys, key, key, ...].
 */
export type NativeStep = readonly unknown[];

/** First field of a NativeStep. */
export const STEP = {
  create: 0,
  assertExists: 1,
  writeFull: 2,
  write: 3,
  remove: 4,
  setXattr: 5,
  cmpXattr: 6,
  omapSet: 7,
  omapRemove: 8,
  omapCmp: 9,
  read: 20,
  xattrs: 21,
  stat: 22,
  omapKeys: 23,
  omapRange: 24,
} as const;

/** One pool and namespace (ioctx). Each call submits at once and never blocks; a submit that librados refuses is completed with its code. */
export interface NativePool {
  /** `into` lies over shared memory; rc = bytes. Implements rados_aio_read. */
  read(id: number, key: string, offset: number, into: Uint8Array): void;
  write(id: number, key: string, offset: number, bytes: Uint8Array): void;
  writeFull(id: number, key: string, bytes: Uint8Array): void;
  append(id: number, key: string, bytes: Uint8Array): void;
  truncate(id: number, key: string, size: number): void;
  remove(id: number, key: string): void;
  /** extra: [size, mtimeMs]. */
  stat(id: number, key: string): void;
  /** One completion for all; `results` (shared memory) gets bytes or -errno per key. */
  readMany(id: number, keys: readonly string[], into: Uint8Array, stride: number, results: Int32Array): void;
  writeMany(id: number, keys: readonly string[], bytes: readonly Uint8Array[], results: Int32Array): void;
  change(id: number, key: string, steps: readonly NativeStep[]): void;
  /**
   * extra: one flat array, first the values of all attributes and rows one behind the other (undefined when they have no bytes), then what each step
   * found, in order: read: length. xattrs, omapKeys: count, then name and length of the value of each. omapRange: the same, then more (0 or 1).
   * stat: size, mtimeMs.
   */
  look(id: number, key: string, steps: readonly NativeStep[], into: Uint8Array | undefined): void;
  /** One page of at most `limit` keys from `cursor` (undefined: the start of the slice). Runs on a thread of the addon. */
  listPage(
    slice: number,
    slices: number,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ keys: string[]; cursor?: string }>;
  stats(): Promise<[bytes: bigint, objects: bigint]>;
  flush(id: number): void;
  /** rados_aio_cancel; harmless for ids that are not in flight. */
  cancel(id: number): void;
  /** Drops this reference; running operations keep theirs. */
  close(): void;
}

/** A share of a process-wide rados_t. */
export interface NativeCluster {
  pool(name: string, namespace: string): Promise<NativePool>;
  usage(): Promise<[totalBytes: bigint, usedBytes: bigint, objects: bigint]>;
  address(): string;
  blocklist(address: string, seconds: number): Promise<void>;
  waitForLatestMap(): Promise<void>;
  /** [rc, output, status text]. */
  monCommand(command: string): Promise<[rc: number, output: Uint8Array, status: string]>;
  /** Drops this share; the last one shuts the rados_t down on a thread of the addon. Every operation of this environment must have been drained. */
  close(): Promise<void>;
}

/** rados.node. Promises reject with an Error that has `errno` (negative) and `syscall`. */
export interface NativeRados {
  readonly version: readonly [major: number, minor: number, extra: number];
  /** Once per environment, before the first operation. */
  start(sink: Sink): void;
  /** `settings` in order, after the defaults and the file; `digest` names the shared handle. */
  connect(o: {
    readonly user: string;
    readonly configFile: string | undefined;
    readonly settings: readonly (readonly [name: string, value: string])[];
    readonly digest: string;
  }): Promise<NativeCluster>;
}

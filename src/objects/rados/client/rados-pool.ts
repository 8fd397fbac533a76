import type { ReadResult, ReadStep, WriteStep } from './operations.ts';

/** What every call takes. */
export interface RadosCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bounds the call; the connection's `rados_osd_op_timeout` bounds it anyway. */
  readonly timeoutMs?: number | undefined;
}

/**
 * One pool and namespace. Every write carries `LIBRADOS_OPERATION_FULL_TRY`.
 *
 * Errors: those of librados look like Node's system errors (`RadosError`: `code 'ENOENT'`, `errno -2`, `syscall`, `key`, `pool`). A call that was
 * cancelled, timed out, refused or closed is a ProvenderError: reads `PROVENDER_CANCELLED` or `PROVENDER_TIMEOUT`; writes that were submitted
 * `PROVENDER_AMBIGUOUS` (-ETIMEDOUT and -ECANCELED of a cancel too), writes that were not `PROVENDER_CANCELLED` or `PROVENDER_TIMEOUT`;
 * `PROVENDER_BUSY` when the queue is full; `PROVENDER_CLOSED` after close; -ENOSPC, -EDQUOT: `PROVENDER_OVER_QUOTA`; `PROVENDER_INVALID` for bad arguments.
 * Guards that fail (-ECANCELED without a cancel), -EEXIST, -ENOENT stay RadosErrors.
 *
 * @see native-addon.md, section 6
 */
export interface RadosPool extends AsyncDisposable {
  readonly name: string;
  readonly namespace: string;

  /** Fills `into` (any Uint8Array; one over shared memory is filled without a copy); gives the bytes read, short at the end of the object. */
  read(
    key: string,
    o: { into: Uint8Array; offset?: number; length?: number } & RadosCallOptions,
  ): Promise<number>;
  write(key: string, offset: number, bytes: Uint8Array, o?: RadosCallOptions): Promise<void>;
  writeFull(key: string, bytes: Uint8Array, o?: RadosCallOptions): Promise<void>;
  append(key: string, bytes: Uint8Array, o?: RadosCallOptions): Promise<void>;
  truncate(key: string, size: number, o?: RadosCallOptions): Promise<void>;
  remove(key: string, o?: RadosCallOptions): Promise<void>;
  stat(key: string, o?: RadosCallOptions): Promise<{ size: number; mtimeMs: number }>;
  /** Object i goes to `into` from byte i × stride (shared memory); bytes or -errno per key. */
  readMany(
    keys: readonly string[],
    o: { into: Uint8Array; stride: number } & RadosCallOptions,
  ): Promise<Int32Array>;
  /** Each with `writeFull`; 0 or -errno per key. */
  writeMany(
    items: readonly { readonly key: string; readonly bytes: Uint8Array }[],
    o?: RadosCallOptions,
  ): Promise<Int32Array>;
  /** One atomic write. */
  change(key: string, steps: readonly WriteStep[], o?: RadosCallOptions): Promise<void>;
  /** One atomic read. `into` is needed when there are `read` steps; at least as long as their sum. */
  look(
    key: string,
    steps: readonly ReadStep[],
    o?: { into?: Uint8Array } & RadosCallOptions,
  ): Promise<ReadResult>;
  getXattrs(key: string, o?: RadosCallOptions): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Rows above `after` in ascending order, page by page. */
  omapEntries(
    key: string,
    o?: { after?: string; prefix?: string } & RadosCallOptions,
  ): AsyncIterable<[string, Uint8Array]>;
  /** Keys of the objects of this namespace, in hash order: those of slice `slice` of `slices`. */
  list(o?: { slice?: number; slices?: number } & RadosCallOptions): AsyncIterable<string>;
  /** The pool's own statistics, a few seconds old: bytes before replication. */
  stats(): Promise<{ bytes: bigint; objects: bigint }>;
  /** Resolves when all writes that were submitted before have been answered. */
  flush(): Promise<void>;
  /** Gives the ioctx free after running calls; idempotent. */
  close(): Promise<void>;
}

import { statfs } from 'node:fs/promises';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StoreHealth } from '../object-store.ts';
import { errorCode, isNoSpace } from './disk-error.ts';

/** How long a measurement of the free room is believed, and how often a full disk is looked at again. */
const MEASURE_MS = 100;
const LOOK_AGAIN_MS = 1000;
/** Opening LevelDB writes its log out as tables, up to two write buffers; if that fails, reads fail too. */
const REOPEN_BYTES = 48 * 2 ** 20;
/** Not the disk's fault: the process or the machine has no file handles or memory left. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);
/** LevelDB writes each byte to its log and again to a table before the log goes. */
const BYTES_PER_BYTE = 2;

type State =
  | { readonly kind: 'writable' }
  /** Below the reserve: nothing is broken, new bytes are refused. */
  | { readonly kind: 'low'; readonly reason: string }
  /** A write found no room: writes fail until `recover` has run. */
  | { readonly kind: 'full'; readonly reason: string; readonly recover: () => Promise<void> }
  /** The disk failed: read-only until restart. */
  | { readonly kind: 'failed'; readonly reason: string; readonly cause: unknown };

/**
 * Decides whether writes are taken. Counts what was admitted since the free room was last measured, so that fast writers cannot
 * pass a measurement that is a moment old.
 * @see object-layout.md, section 7
 */
export class DiskGuard {
  readonly #directory: string;
  readonly #reserveBytes: number;
  #state: State = { kind: 'writable' };
  #freeBytes = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #admittedBytes = 0;
  #inFlightBytes = 0;
  #measuring: Promise<void> | undefined;
  #recovering: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #onLow: (() => void) | undefined;

  constructor(directory: string, reserveBytes: number) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
  }

  /** Sets what may give room back, called whenever a write was refused for want of it. */
  onLow(task: () => void): void {
    this.#onLow = task;
  }

  health(): StoreHealth {
    return this.#state.kind === 'writable'
      ? { writable: true }
      : { writable: false, reason: this.#state.reason };
  }

  /**
   * Runs `write`, which needs `bytes` of new room.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` before anything is written when the reserve would be touched; else as `assertUsable`
   */
  async admit<T>(bytes: number, write: () => Promise<T>): Promise<T> {
    const needed = bytes * BYTES_PER_BYTE;
    await this.#recover();
    this.assertUsable();
    if (!this.#isFresh() || !this.#covers(needed)) await this.#measure();
    if (!this.#covers(needed)) throw this.#refuse(bytes);
    if (this.#state.kind === 'low') this.#setState({ kind: 'writable' });
    this.#inFlightBytes += needed;
    this.#admittedBytes += needed;
    try {
      return await write();
    } finally {
      this.#inFlightBytes -= needed;
    }
  }

  /**
   * For writes that need no room or free some: they are taken below the reserve too.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` after a write found no room, `PROVENDER_UNAVAILABLE` after the disk failed
   */
  assertUsable(): void {
    if (this.#state.kind === 'full') throw new ProvenderError('PROVENDER_OVER_QUOTA', this.#state.reason);
    if (this.#state.kind === 'failed')
      throw new ProvenderError('PROVENDER_UNAVAILABLE', this.#state.reason, { cause: this.#state.cause });
  }

  /** As `assertUsable`, but passes on a full disk: what is held can still be told. After a failed fsync it cannot, for it may not be durable. */
  assertNotFailed(): void {
    if (this.#state.kind === 'failed') this.assertUsable();
  }

  /**
   * Takes note that LevelDB failed to write and gives the error for its caller. Without room it fails every write until it is opened again, so it
   * is left alone until the reserve is free, then `recover` runs.
   */
  databaseWriteFailed(error: unknown, recover: () => Promise<void>): ProvenderError {
    if (error instanceof ProvenderError) return error;
    if (!isNoSpace(error)) return this.diskFailed(error);
    const reason = `no space left in ${this.#directory}: writes are refused until ${Math.max(this.#reserveBytes, REOPEN_BYTES)} bytes are free; free the disk`;
    if (this.#state.kind !== 'failed') this.#setState({ kind: 'full', reason, recover });
    return new ProvenderError('PROVENDER_OVER_QUOTA', reason, { cause: error });
  }

  /** Takes note that writing a file failed, of which nothing is left, and gives the error for its caller. */
  fileWriteFailed(error: unknown): ProvenderError {
    if (error instanceof ProvenderError) return error;
    if (isNoSpace(error)) {
      const reason = `no space left in ${this.#directory}: writes are refused until ${this.#reserveBytes} bytes are free; free the disk`;
      if (this.#state.kind === 'writable') this.#setState({ kind: 'low', reason });
      return new ProvenderError('PROVENDER_OVER_QUOTA', reason, { cause: error });
    }
    if (SHORTAGES.has(errorCode(error) ?? '')) {
      const text = error instanceof Error ? error.message : String(error);
      return new ProvenderError('PROVENDER_UNAVAILABLE', `${this.#directory}: ${text}; raise the limit`, {
        cause: error,
      });
    }
    return this.diskFailed(error);
  }

  /** Takes note that the disk failed: read-only until restart, since a failed fsync must not be tried again. */
  diskFailed(error: unknown): ProvenderError {
    if (error instanceof ProvenderError) return error;
    const text = error instanceof Error ? error.message : String(error);
    const reason = `writing to ${this.#directory} failed (${text}): read-only until restart; check the disk`;
    if (this.#state.kind !== 'failed') this.#setState({ kind: 'failed', reason, cause: error });
    return new ProvenderError('PROVENDER_UNAVAILABLE', reason, { cause: error });
  }

  /** Stops looking at the disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#recovering;
    clearInterval(this.#timer);
  }

  #isFresh(): boolean {
    return performance.now() - this.#measuredAt < MEASURE_MS;
  }

  /** Only a measurement says that there is no room, never its age: a busy event loop may let a new one grow old. */
  #covers(needed: number): boolean {
    return this.#freeBytes - this.#admittedBytes - needed >= this.#reserveBytes;
  }

  #refuse(bytes: number): ProvenderError {
    const reason = `${this.#freeBytes} bytes are free in ${this.#directory}, ${this.#reserveBytes} are kept free: no new bytes; free the disk`;
    if (this.#state.kind === 'writable') this.#setState({ kind: 'low', reason });
    this.#onLow?.();
    return new ProvenderError('PROVENDER_OVER_QUOTA', reason, {
      details: { free: this.#freeBytes, reserve: this.#reserveBytes, needed: bytes },
    });
  }

  #measure(): Promise<void> {
    this.#measuring ??= this.#readFreeBytes().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #readFreeBytes(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#directory);
      this.#freeBytes = bavail * bsize;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new ProvenderError('PROVENDER_UNAVAILABLE', `free space of ${this.#directory}: ${text}`, {
        cause: error,
      });
    }
    this.#measuredAt = performance.now();
    this.#admittedBytes = this.#inFlightBytes; // these may not be on the disk yet
  }

  #setState(state: State): void {
    this.#state = state;
    const waits = state.kind === 'low' || state.kind === 'full';
    if (!waits) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      // A failed look leaves the state as it is, and the next one tells it again.
      this.#timer = setInterval(() => void this.#lookAgain().catch(() => undefined), LOOK_AGAIN_MS);
      this.#timer.unref();
    }
  }

  async #lookAgain(): Promise<void> {
    if (this.#state.kind === 'full') return this.#recover();
    await this.#measure();
    if (this.#state.kind === 'low' && this.#freeBytes - this.#admittedBytes >= this.#reserveBytes)
      this.#setState({ kind: 'writable' });
  }

  async #recover(): Promise<void> {
    if (this.#state.kind !== 'full') return;
    this.#recovering ??= this.#recoverOnce(this.#state.recover).finally(() => {
      this.#recovering = undefined;
    });
    return this.#recovering;
  }

  async #recoverOnce(recover: () => Promise<void>): Promise<void> {
    await this.#measure();
    if (this.#freeBytes < Math.max(this.#reserveBytes, REOPEN_BYTES)) return;
    try {
      await recover();
      if (this.#state.kind === 'full') this.#setState({ kind: 'writable' });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const reason = `${this.#directory} was full and could not be opened again (${text}): it is tried again; check the disk`;
      if (this.#state.kind === 'full') this.#setState({ ...this.#state, reason });
    }
  }
}

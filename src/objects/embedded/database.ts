import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvenderError } from '../../content/provender-error.ts';
import { errorCode, isNoSpace, readError } from './disk-error.ts';
import type { DiskGuard } from './disk-guard.ts';
import { type Operation, type TableOptions, Tables } from './tables.ts';

/** Where a database lies and how it is opened. */
export interface DatabaseOptions {
  /** Folder of the store, for messages and the pid file. */
  readonly directory: string;
  /** Folder of LevelDB inside it. */
  readonly folder: string;
  readonly tables: TableOptions;
  readonly guard: DiskGuard;
}

const PID_FILE = 'pid';

/**
 * LevelDB that survives a full disk: after a write without room it fails every write until it is opened again, so it is opened again once there
 * is room, while readers wait.
 *
 * States: open -> (reopening -> open)* -> closed.
 */
export class Database {
  readonly #options: DatabaseOptions;
  #tables: Tables;
  #running = 0;
  #idle: (() => void) | undefined;
  #reopening: Promise<void> | undefined;
  /** Called after each reopening: what a failed write left is then known. */
  #afterReopen: (() => Promise<void>) | undefined;

  private constructor(options: DatabaseOptions, tables: Tables) {
    this.#options = options;
    this.#tables = tables;
  }

  /**
   * Opens or makes the database.
   * @throws ProvenderError `PROVENDER_CONFIG` when another process has it or the folder cannot be used, `PROVENDER_CORRUPT` when it is damaged
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { directory, folder } = options;
    let tables: Tables | undefined;
    try {
      await mkdir(join(directory, folder), { recursive: true });
      tables = await Tables.open(join(directory, folder), options.tables);
      await writeFile(join(directory, PID_FILE), `${process.pid}\n`);
      return new Database(options, tables);
    } catch (error) {
      await tables?.close();
      throw await openError(error, directory);
    }
  }

  /** Sets what runs after each reopening, before anything else reads or writes. */
  onReopen(task: () => Promise<void>): void {
    this.#afterReopen = task;
  }

  /**
   * Runs a read.
   * @param what - names what is read, for the error
   * @throws ProvenderError `PROVENDER_CORRUPT` or `PROVENDER_UNAVAILABLE`
   */
  async read<T>(what: string, task: (tables: Tables) => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await task(this.#tables);
    } catch (error) {
      throw readError(error, what);
    } finally {
      this.#leave();
    }
  }

  /**
   * Writes one batch, durable when it resolves.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` or `PROVENDER_UNAVAILABLE`; the outcome is then unknown until the next opening
   */
  async write(operations: readonly Operation[]): Promise<void> {
    await this.#enter();
    try {
      this.#options.guard.assertUsable();
      await this.#tables.write(operations);
    } catch (error) {
      throw this.#options.guard.databaseWriteFailed(error, () => this.#reopen());
    } finally {
      this.#leave();
    }
  }

  /** Gives room of deleted values back; see `Tables.compact`. */
  async compact(...range: Parameters<Tables['compact']>): Promise<void> {
    await this.read('compaction', (tables) => tables.compact(...range));
  }

  async close(): Promise<void> {
    await this.#reopening;
    await this.#tables.close();
    await rm(join(this.#options.directory, PID_FILE), { force: true });
  }

  async #enter(): Promise<void> {
    while (this.#reopening !== undefined) await this.#reopening;
    this.#running++;
  }

  #leave(): void {
    this.#running--;
    if (this.#running === 0) this.#idle?.();
  }

  #reopen(): Promise<void> {
    this.#reopening ??= this.#reopenIdle().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening.then(() => this.#afterReopen?.());
  }

  async #reopenIdle(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      this.#idle = undefined;
    }
    await this.#tables.close();
    this.#tables = await Tables.open(
      join(this.#options.directory, this.#options.folder),
      this.#options.tables,
    );
  }
}

async function openError(error: unknown, directory: string): Promise<ProvenderError> {
  const code = errorCode(error);
  const text = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  if (code === 'LEVEL_LOCKED') {
    const pid = await readFile(join(directory, PID_FILE), 'utf8').catch(() => '');
    const owner = pid.trim() === '' ? 'another process' : `process ${pid.trim()}`;
    return new ProvenderError(
      'PROVENDER_CONFIG',
      `${directory} is in use by ${owner}: stop it, or give this node another data directory`,
      { details: { directory }, cause: error },
    );
  }
  if (code === 'LEVEL_CORRUPTION')
    return new ProvenderError('PROVENDER_CORRUPT', `${directory}: the database is damaged (${text})`, {
      cause: error,
    });
  if (isNoSpace(error))
    return new ProvenderError(
      'PROVENDER_OVER_QUOTA',
      `no space left in ${directory}: free the disk, then start again`,
      {
        cause: error,
      },
    );
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `${directory} cannot be opened (${text}): check path, rights and disk`,
    {
      details: { directory },
      cause: error,
    },
  );
}

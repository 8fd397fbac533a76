import { readdir, rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import type { Signer } from '../proof/commitment.ts';
import { DirectoryLock } from './directory-lock.ts';
import { makePrivateDirectory } from './durable-file.ts';
import { type DataFormat, type DataPlace, readFormat, writeFormat } from './format-file.ts';
import { loadNodeKey, makeNodeKey } from './node-key.ts';
import { ensureVrfKey, NODE_KEY } from './node-keys.ts';

/** Part of the free disk that a node takes when nobody gives a limit. */
const DEFAULT_SHARE = 0.8;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** Whose data a node means to open. */
export interface DataDirectoryOptions {
  readonly directory: string;
  /** Name of the store. */
  readonly adapter: string;
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
  /** Where the data is, for a store that keeps none of it in the directory. */
  readonly place?: DataPlace | undefined;
}

/**
 * A node's directory: `format.json`, `keys/`, `objects/`, `lock`. Made at the first start, in an order that a crash at any
 * point only repeats: keys (durable), then `format.json`, then the first byte of data. Belongs to one process until it is closed.
 *
 * Data that is elsewhere has its own record of its owner. Then `format.json` waits for `confirm`, so that a start which the data refuses
 * (a pod without the storer's key) does not tie the directory to the wrong key.
 *
 * @see DESIGN.md, "A node's directory, keys and rights"
 */
export class DataDirectory implements AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  readonly signer: Signer;
  readonly isFirstStart: boolean;
  /** What `format.json` says. */
  readonly format: DataFormat;
  /** What an operator should mend, one sentence each. */
  readonly warnings: readonly string[];
  readonly #lock: DirectoryLock;
  #isConfirmed: boolean;

  private constructor(path: string, lock: DirectoryLock, opened: Opened) {
    this.path = path;
    this.#lock = lock;
    this.signer = opened.signer;
    this.isFirstStart = opened.isFirstStart;
    this.format = opened.format;
    this.warnings = opened.warnings;
    this.#isConfirmed = !opened.isFirstStart || opened.format.place === undefined;
  }

  /**
   * Opens the directory, or makes it.
   *
   * @throws ProvenderError `PROVENDER_CONFIG` when another process has it, when the data beside it is of a newer format, of another
   *   store, network or key, or its key is missing; the message says how to mend it
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const path = resolve(options.directory);
    try {
      await makePrivateDirectory(path);
      await makePrivateDirectory(join(path, 'keys'));
    } catch (error) {
      throw unusable(path, error);
    }
    const lock = await DirectoryLock.open(path).catch((error: unknown) => {
      throw error instanceof ProvenderError ? error : unusable(path, error);
    });
    try {
      return new DataDirectory(path, lock, await openContent(path, options));
    } catch (error) {
      await lock.close();
      throw error;
    }
  }

  /** Says that the data, which is elsewhere, accepts this owner: the directory is tied to it from now on. Idempotent. */
  async confirm(): Promise<void> {
    if (this.#isConfirmed) return;
    await writeFormat(join(this.path, 'format.json'), this.format);
    this.#isConfirmed = true;
  }

  /** Where an embedded object store keeps its files. */
  get objects(): string {
    return join(this.path, 'objects');
  }

  /** Gives the directory free. Idempotent. */
  async close(): Promise<void> {
    await this.#lock.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

interface Opened {
  readonly signer: Signer;
  readonly isFirstStart: boolean;
  readonly format: DataFormat;
  readonly warnings: readonly string[];
}

function unusable(path: string, error: unknown): ProvenderError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `data directory ${path}: ${reason}; choose another with --data-dir`,
    { details: { path }, cause: error },
  );
}

async function openContent(path: string, options: DataDirectoryOptions): Promise<Opened> {
  await removeLeftovers(path);
  await removeLeftovers(join(path, 'keys'));
  const formatPath = join(path, 'format.json');
  const keyPath = join(path, NODE_KEY);
  const existing = await readFormat(formatPath);
  if (existing !== undefined) {
    checkFormat(path, existing, options);
    const key = await loadNodeKey(keyPath);
    if (key === undefined) {
      throw refused(
        path,
        `the key keys/node.key is missing beside existing data; restore it from your backup (storer key ${existing.storerPK})`,
      );
    }
    if (bytesToHex(key.signer.publicKey) !== existing.storerPK) {
      throw refused(
        path,
        `keys/node.key is another key than that of the data (storer key ${existing.storerPK}); restore it from your backup`,
      );
    }
    const warnings = [...warningsOf(key), ...(await ensureVrfKey(path, options.place === undefined))];
    return { signer: key.signer, isFirstStart: false, format: existing, warnings };
  }
  await refuseDataWithoutFormat(path);
  return await firstStart(path, options);
}

async function firstStart(path: string, options: DataDirectoryOptions): Promise<Opened> {
  const keyPath = join(path, NODE_KEY);
  // one that is there may be mounted read-only
  const isMade = (await loadNodeKey(keyPath)) === undefined && (await makeNodeKey(keyPath));
  const key = await loadNodeKey(keyPath);
  if (key === undefined) throw refused(path, 'keys/node.key vanished while it was opened; start again');
  const { place, adapter } = options;
  const warnings = [...warningsOf(key), ...(await ensureVrfKey(path, isMade || place === undefined))];
  const owner = {
    networkId: bytesToHex(options.networkId),
    storerPK: bytesToHex(key.signer.publicKey),
    adapter,
  };
  const format =
    place === undefined ? { ...owner, limitBytes: await defaultLimit(path) } : { ...owner, place };
  if (place === undefined) await writeFormat(join(path, 'format.json'), format);
  return { signer: key.signer, isFirstStart: true, format, warnings };
}

function refused(path: string, reason: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', `data directory ${path}: ${reason}`, { details: { path } });
}

function warningsOf({ warning }: { readonly warning?: string }): string[] {
  return warning === undefined ? [] : [warning];
}

function checkFormat(path: string, found: DataFormat, options: DataDirectoryOptions): void {
  if (found.adapter !== options.adapter) {
    throw refused(
      path,
      `its data was written by store "${found.adapter}", configured is "${options.adapter}"; start with --store ${found.adapter}, or choose another directory with --data-dir`,
    );
  }
  if (!isSamePlace(found.place, options.place)) {
    throw refused(
      path,
      `its data is in ${placeName(found.place)}, configured is ${placeName(options.place)}; start with those, or choose another directory with --data-dir`,
    );
  }
  const networkId = bytesToHex(options.networkId);
  if (found.networkId !== networkId) {
    throw refused(
      path,
      `its data belongs to network ${found.networkId}, configured is ${networkId}; choose another directory with --data-dir`,
    );
  }
}

function isSamePlace(one: DataPlace | undefined, other: DataPlace | undefined): boolean {
  return one?.pool === other?.pool && one?.namespace === other?.namespace;
}

function placeName(place: DataPlace | undefined): string {
  return place === undefined ? 'the directory' : `pool ${place.pool}, namespace ${place.namespace}`;
}

/** Data whose format and owner nobody knows is not touched: a first start would sign with a new key beside it. */
async function refuseDataWithoutFormat(path: string): Promise<void> {
  const entries = await readdir(path);
  if (entries.includes('objects'))
    throw refused(
      path,
      'format.json is missing beside objects/; restore it from your backup, or choose another directory with --data-dir',
    );
}

/** What starts that were killed left of their temporary files; this process holds the lock, so nobody uses them. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder);
  const leftovers = names.filter((name) => /^((node|vrf)\.key|format\.json)\.\d+\.tmp$/.test(name));
  for (const name of leftovers) await rm(join(folder, name), { force: true });
}

/** 80 % of the free disk, in whole GiB, or MiB below one GiB. Kept in `format.json`, so that the limit does not move with the disk. */
async function defaultLimit(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  const share = bavail * bsize * DEFAULT_SHARE;
  const unit = share >= GIB ? GIB : MIB;
  return Math.max(MIB, Math.floor(share / unit) * unit);
}

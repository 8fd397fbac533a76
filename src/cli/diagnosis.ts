import { stat, statfs } from 'node:fs/promises';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ERROR_CODES } from '../content/error-codes.ts';
import { isProvenderError } from '../content/provender-error.ts';
import { directoryHolder } from '../node/directory-lock.ts';
import { readFormat } from '../node/format-file.ts';
import type { LoadedConfig } from '../node/load-config.ts';
import { loadNodeKey } from '../node/node-key.ts';
import type { NodeConfig } from '../node/settings.ts';
import { type Address, formatAddress, formatSize } from '../node/units.ts';
import { kernelInfo } from '../proof/kernels.ts';
import { configOf } from './setting-options.ts';

/** One thing that was looked at. `warning` works but should be mended; `bad` keeps a node from working. */
export interface Finding {
  readonly check: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly found: string;
  readonly cure?: string;
}

const MIN_NODE = [20, 19] as const;
const PROBE_TIMEOUT_MS = 3000;
/** The store refuses writes that would leave less. @see object-layout.md, section 7 */
const RESERVE_BYTES = 256 * 2 ** 20;

/** Looks at everything a node with the settings of `command` depends on. Changes nothing. */
export async function* diagnose(command: Command): AsyncGenerator<Finding> {
  yield nodeVersion();
  yield nativeCore();
  let loaded: LoadedConfig;
  try {
    loaded = await configOf(command);
  } catch (error) {
    yield failed('settings', error);
    return;
  }
  const { config, warnings } = loaded;
  if (warnings.length === 0) yield { check: 'settings', state: 'good', found: 'valid' };
  for (const found of warnings) yield { check: 'settings', state: 'warning', found };
  const directory = resolve(config.dataDir);
  const holder = await directoryHolder(directory);
  yield* dataDirectory(directory, config, holder);
  yield* addresses(config, holder);
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const found = `Node.js ${process.versions.node}`;
  if (isEnough) return { check: 'runtime', state: 'good', found };
  return { check: 'runtime', state: 'bad', found, cure: `Install Node.js ${MIN_NODE.join('.')} or newer.` };
}

function nativeCore(): Finding {
  try {
    const { path, reason } = kernelInfo();
    const found = `hashes with ${path}`;
    if (path !== 'typescript') return { check: 'native core', state: 'good', found };
    return {
      check: 'native core',
      state: 'warning',
      found: `${found}, many times slower`,
      cure: reason ?? '',
    };
  } catch (error) {
    return failed('native core', error);
  }
}

async function* dataDirectory(
  directory: string,
  config: NodeConfig,
  holder: number | undefined,
): AsyncGenerator<Finding> {
  const check = 'data directory';
  try {
    const format = await readFormat(join(directory, 'format.json'));
    if (format === undefined) {
      yield { check, state: 'good', found: `${directory} holds no data yet; the first serve makes it` };
    } else {
      const held = holder === undefined ? 'not in use' : `in use by pid ${holder}`;
      yield { check, state: 'good', found: `${directory}, format 1, store ${format.adapter}, ${held}` };
      if (format.adapter !== config.store) {
        const cure = `Start with --store ${format.adapter}, or choose another directory with --data-dir.`;
        yield {
          check: 'store',
          state: 'bad',
          found: `configured is ${config.store}, the data is of ${format.adapter}`,
          cure,
        };
      }
      yield await nodeKey(directory);
    }
    yield await freeSpace(directory, config.limit ?? format?.limitBytes);
  } catch (error) {
    yield failed(check, error);
  }
}

async function nodeKey(directory: string): Promise<Finding> {
  const check = 'node key';
  const path = join(directory, 'keys', 'node.key');
  const key = await loadNodeKey(path);
  if (key === undefined)
    return {
      check,
      state: 'bad',
      found: `${path} is missing beside existing data`,
      cure: 'Restore it from your backup.',
    };
  if (key.warning !== undefined)
    return { check, state: 'warning', found: key.warning, cure: `Run: chmod 600 ${path}` };
  return { check, state: 'good', found: `${path}, mode 0600` };
}

async function freeSpace(directory: string, limit: number | undefined): Promise<Finding> {
  const check = 'disk';
  const { bavail, bsize } = await statfs(await existingParent(directory));
  const free = bavail * bsize;
  const found = `${formatSize(free)} free${limit === undefined ? '' : `, limit ${formatSize(limit)}`}`;
  if (free > 2 * RESERVE_BYTES) return { check, state: 'good', found };
  const state = free > RESERVE_BYTES ? 'warning' : 'bad';
  return {
    check,
    state,
    found,
    cure: `Free the disk: below ${formatSize(RESERVE_BYTES)} nothing can be set.`,
  };
}

async function existingParent(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (dirname(path) === path) throw error;
    return await existingParent(dirname(path));
  }
}

async function* addresses(config: NodeConfig, holder: number | undefined): AsyncGenerator<Finding> {
  for (const [check, flag, address] of [
    ['gRPC address', '--listen', config.listen],
    ['HTTP address', '--http-listen', config.httpListen],
  ] as const) {
    const found = formatAddress(address);
    const isTaken = await answers(address);
    if (isTaken && holder === undefined) {
      const cure = `Stop what listens there, or choose another address with ${flag}.`;
      yield { check, state: 'bad', found: `${found} is in use, and not by a node on this directory`, cure };
    } else if (isTaken) {
      yield { check, state: 'good', found: `${found} answers` };
    } else {
      yield await canListen(check, flag, address);
    }
  }
  if (holder !== undefined) yield await readiness(config.httpListen);
}

/** Whether somebody takes connections there. */
async function answers({ host, port }: Address): Promise<boolean> {
  if (port === 0) return false;
  return await new Promise((resolveAnswer) => {
    const socket = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const end = (isTaken: boolean) => () => {
      socket.destroy();
      resolveAnswer(isTaken);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

async function canListen(check: string, flag: string, address: Address): Promise<Finding> {
  const found = formatAddress(address);
  return await new Promise((resolveFinding) => {
    const server = createServer();
    server.once('error', (error) => {
      const cure = `Choose another address with ${flag}.`;
      resolveFinding({ check, state: 'bad', found: `${found}: ${error.message}`, cure });
    });
    server.listen(address, () => {
      server.close(() => resolveFinding({ check, state: 'good', found: `${found} is free` }));
    });
  });
}

/** Asks a running node by HTTP, which needs no rights. */
async function readiness({ host, port }: Address): Promise<Finding> {
  const check = 'running node';
  const cure = 'Read its log; see docs/operations.md, "Health".';
  try {
    const { status, body } = await fetchText({ host, port });
    if (status === 200) return { check, state: 'good', found: 'ready' };
    return { check, state: 'bad', found: `not ready: ${body.trim()}`, cure };
  } catch (error) {
    const found = `does not answer on ${formatAddress({ host, port })}: ${error instanceof Error ? error.message : String(error)}`;
    return { check, state: 'bad', found, cure };
  }
}

async function fetchText({ host, port }: Address): Promise<{ status: number | undefined; body: string }> {
  return await new Promise((resolveText, reject) => {
    const request = get({ host, port, path: '/ready', timeout: PROBE_TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.once('end', () => resolveText({ status: response.statusCode, body })).once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time'))).once('error', reject);
  });
}

function failed(check: string, error: unknown): Finding {
  if (!isProvenderError(error)) throw error;
  return { check, state: 'bad', found: error.message, cure: ERROR_CODES[error.code].cure };
}

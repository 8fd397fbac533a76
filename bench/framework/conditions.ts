import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { kernelInfo } from '../../src/proof/kernels.ts';
import { describeDisk } from './disk.ts';
import type { Conditions } from './report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGES = ['@grpc/grpc-js', 'classic-level', 'piscina', 'ts-proto'];

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // not every machine tells
  }
}

function packageVersion(name: string): string {
  const text = readFileSync(`${ROOT}/node_modules/${name}/package.json`, 'utf8');
  return String((JSON.parse(text) as { version: unknown }).version); // npm wrote it
}

/** The commit of this tree, `+changes` when files differ from it. */
function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return (
      git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+changes')
    );
  } catch {
    return 'unknown (no git)';
  }
}

/** `PROVENDER_*` of the environment, since they change what is measured. */
function environment(): Conditions {
  const names = Object.keys(process.env).filter(
    (name) => name.startsWith('PROVENDER_') && !/KEY|SECRET/.test(name),
  );
  return Object.fromEntries(names.toSorted().map((name) => [name, process.env[name] ?? '']));
}

/**
 * Collects the facts of machine and software under which figures hold.
 * @param directory - where the stores of the run lie; its disk is measured
 */
export async function collectConditions(directory: string, mode: 'quick' | 'full'): Promise<Conditions> {
  const kernel = kernelInfo();
  const load = loadavg().map((value) => value.toFixed(2));
  return {
    mode,
    date: new Date().toISOString(),
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    governor:
      readIfThere('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor') ?? 'not told (virtual machine?)',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: load.join(' '),
    system: `${type()} ${release()}`,
    node: process.version,
    ...Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)])),
    sha256Path: kernel.reason === undefined ? kernel.path : `${kernel.path} (${kernel.reason})`,
    ...(await describeDisk(directory)),
    ...environment(),
  };
}

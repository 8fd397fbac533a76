import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The root of the checkout; every step runs there, wherever npm was called. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** True in continuous integration, where a missing tool is a failure and not a remark. */
export const IN_CI = process.env.CI === 'true' || process.env.CI === '1';

/** Prints one line about what set-up does; on stderr, so that `npm start | …` stays clean. */
export function say(line) {
  process.stderr.write(`provender: ${line}\n`);
}

/**
 * Runs a command in the checkout and shows its output.
 *
 * @returns true when it ended with code 0
 */
export function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (result.error) say(`${command}: ${result.error.message}`);
  return result.status === 0;
}

/** Runs a command and keeps its output back, to be shown only when it fails. */
export function runQuietly(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  if (result.status === 0) return true;
  process.stderr.write(result.error ? `${result.error.message}\n` : result.stdout + result.stderr);
  return false;
}

/** Tells whether a command can be found on the PATH. */
export function isInstalled(command) {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' }).status === 0;
}

/** Ends the process with one line that says why. */
export function fail(line) {
  say(line);
  process.exit(1);
}

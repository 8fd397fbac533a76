import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, runQuietly, say } from './command.mjs';

/**
 * Installs the npm packages of the lock file when what lies in node_modules differs from it. Install scripts stay off:
 * no dependency needs one, and code of strangers runs no earlier than it must.
 */
export function installPackages() {
  if (arePackagesInstalled()) return;
  say('installing npm packages (npm ci --ignore-scripts)');
  if (
    !runQuietly('npm', [
      'ci',
      '--ignore-scripts',
      '--loglevel=error',
      '--no-audit',
      '--no-fund',
      '--include=dev',
    ])
  ) {
    fail("npm ci failed, see above; without a network connection the packages must be in npm's cache");
  }
}

function arePackagesInstalled() {
  // npm's own record of what it put there; times of files say nothing after `git checkout` or a concurrent `npm install`
  const record = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || (found[path] ? found[path].version === entry.version : entry.optional),
  );
}

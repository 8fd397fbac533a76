import { IN_CI, fail, isInstalled, runQuietly, say } from './command.mjs';

/** Everything that comes from Debian and not from npm: the command that must be there, its package, and who needs it. */
const SYSTEM_PACKAGES = [
  { group: 'build', command: 'c++', package: 'g++', for: 'the native core' },
  { group: 'build', command: 'make', package: 'make', for: 'the native core' },
  { group: 'build', command: 'python3', package: 'python3', for: 'node-gyp' },
  { group: 'test', command: 'strace', package: 'strace', for: 'tests of the fsync order' },
  { group: 'test', command: 'openssl', package: 'openssl', for: 'tests of keys and signatures' },
  { group: 'format', command: 'clang-format-14', package: 'clang-format-14', for: 'the format of C++' },
];

/** Every group there is. */
export const PACKAGE_GROUPS = ['build', 'test', 'format'];

function missingPackages(groups) {
  return SYSTEM_PACKAGES.filter((entry) => groups.includes(entry.group) && !isInstalled(entry.command));
}

/**
 * Installs what some groups miss: as root by apt-get, otherwise it prints the exact command. Where that does not help, CI
 * ends here and a person goes on without.
 *
 * @returns the entries that are still missing
 */
export function ensureSystemPackages(groups) {
  const missing = missingPackages(groups);
  if (missing.length === 0) return missing;
  const names = missing.map((entry) => entry.package);
  const uses = missing.map((entry) => `${entry.package} (${entry.for})`).join(', ');
  if (!isInstalled('apt-get')) {
    say(`missing: ${uses}; install them with the package manager of this system`);
  } else if (process.getuid?.() === 0) {
    say(`installing Debian packages: ${uses}`);
    install(names);
  } else {
    say(`missing: ${uses}; to install: sudo apt-get install -y --no-install-recommends ${names.join(' ')}`);
  }
  const left = missingPackages(groups);
  if (left.length > 0 && IN_CI) fail(`CI needs ${left.map((entry) => entry.package).join(', ')}`);
  return left;
}

function install(names) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];
  if (!runQuietly('apt-get', ['update', ...patience], env))
    say('apt-get update failed, trying with the old lists');
  if (!runQuietly('apt-get', ['install', '-y', '--no-install-recommends', ...patience, ...names], env)) {
    say(`apt-get install ${names.join(' ')} failed, see above`);
  }
}

import { existsSync } from 'node:fs';
import { IN_CI, fail, isInstalled, runQuietly, say } from './command.mjs';
import { disableServices, withoutServiceStarts } from './services.mjs';

/**
 * Everything that comes from Debian and not from npm: the command that must be there, or the file, its package, who
 * needs it, and the service that the package would start.
 */
const SYSTEM_PACKAGES = [
  { group: 'build', command: 'c++', package: 'g++', for: 'the native core' },
  { group: 'build', command: 'make', package: 'make', for: 'the native core' },
  { group: 'build', command: 'python3', package: 'python3', for: 'node-gyp' },
  { group: 'test', command: 'strace', package: 'strace', for: 'tests of the fsync order' },
  { group: 'test', command: 'openssl', package: 'openssl', for: 'tests of keys, signatures and TLS' },
  { group: 'test', command: 'valgrind', package: 'valgrind', for: 'the test that proving hides the key' },
  { group: 'test', command: 'ip', package: 'iproute2', for: 'tests in a network of their own' },
  {
    group: 'test',
    command: 'etcd',
    package: 'etcd-server',
    service: 'etcd',
    for: 'tests of state that replicas share',
  },
  { group: 'test', command: 'etcdctl', package: 'etcd-client', for: 'tests of state that replicas share' },
  { group: 'test', command: 'chromium', package: 'chromium', for: 'the test of proofs in a browser' },
  { group: 'ceph', command: 'ceph-mon', package: 'ceph-mon', for: 'tests on Ceph' },
  { group: 'ceph', command: 'ceph-mgr', package: 'ceph-mgr', for: 'tests on Ceph' },
  { group: 'ceph', command: 'ceph-osd', package: 'ceph-osd', for: 'tests on Ceph' },
  { group: 'ceph', command: 'ceph', package: 'ceph-common', for: 'tests on Ceph' },
  {
    group: 'ceph',
    file: '/usr/include/rados/librados.h',
    package: 'librados-dev',
    for: 'the addon for Ceph and its tests',
  },
  { group: 'format', command: 'clang-format-14', package: 'clang-format-14', for: 'the format of C++' },
];

/** Every group there is. */
export const PACKAGE_GROUPS = ['build', 'test', 'ceph', 'format'];

/** Groups that must be complete: all of them in CI, Ceph also where its tests are asked for. */
const isRequired = ({ group }) => IN_CI || (group === 'ceph' && process.env.PROVENDER_REQUIRE_CEPH === '1');

function missingPackages(groups) {
  const isThere = ({ command, file }) => (file === undefined ? isInstalled(command) : existsSync(file));
  return SYSTEM_PACKAGES.filter((entry) => groups.includes(entry.group) && !isThere(entry));
}

/** The command that installs what some groups need. */
export function installCommand(groups) {
  const names = SYSTEM_PACKAGES.filter((entry) => groups.includes(entry.group)).map((entry) => entry.package);
  return `apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/**
 * Installs what some groups miss: as root by apt-get, otherwise it prints the exact command. Where that does not help, CI
 * ends here and a person goes on without, unless it is Ceph and `PROVENDER_REQUIRE_CEPH` is 1.
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
    const services = missing.flatMap(({ service }) => service ?? []);
    withoutServiceStarts(() => install(names));
    disableServices(services);
  } else {
    say(`missing: ${uses}; to install: sudo apt-get install -y --no-install-recommends ${names.join(' ')}`);
  }
  const left = missingPackages(groups);
  const needed = left.filter(isRequired).map((entry) => entry.package);
  if (needed.length > 0) fail(`${IN_CI ? 'CI' : 'PROVENDER_REQUIRE_CEPH'} needs ${needed.join(', ')}`);
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

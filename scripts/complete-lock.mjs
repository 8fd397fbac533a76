import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, say } from './setup/command.mjs';

/**
 * Adds to package-lock.json the binaries of other platforms that npm left out. It does so when the registry it asked
 * does not serve them (npm/cli#4828), and `npm ci` then refuses the file everywhere. Such a binary is an optional
 * package of one exact version, so its entry follows from its parent's; only the hash of its content is unknown.
 */
const FILE = join(ROOT, 'package-lock.json');
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['amd64', 'arm64', 'aarch64', 'arm', 'armv7', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x'];

/** The lock file's entry for one platform's binary; without `os` and `cpu` npm would try to fetch it everywhere. */
function entryFor(name, version, parent) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words
    .find((word) => PROCESSORS.includes(word))
    ?.replace('amd64', 'x64')
    .replace('aarch64', 'arm64')
    .replace('armv7', 'arm');
  if (!os || !cpu || !/^\d+\.\d+\.\d+[\w.-]*$/.test(version))
    fail(`cannot tell the platform of ${name}@${version}`);
  const libc = /musl|gnu/.exec(name)?.[0].replace('gnu', 'glibc');
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(libc && os === 'linux' && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

/** Optional packages that an installed one names and the lock file does not hold, by their path in node_modules. */
function missingEntries(packages) {
  const found = new Map();
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const isHeld = Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`));
      if (!isHeld) found.set(`node_modules/${name}`, entryFor(name, version, parent));
    }
  }
  return found;
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = missingEntries(lock.packages);
if (missing.size > 0) {
  const [root, ...rest] = [...Object.entries(lock.packages), ...missing];
  lock.packages = Object.fromEntries([root, ...rest.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
say(`package-lock.json: ${missing.size} binaries of other platforms added`);

import { checkNodeVersion } from './setup/node-version.mjs';
import { fail } from './setup/command.mjs';
import { installPackages } from './setup/packages.mjs';
import { ensureSystemPackages } from './setup/system-packages.mjs';

/** `npm run ceph:up` and `ceph:down`: a cluster to try things with, which stays until it is taken down. */
checkNodeVersion();
installPackages();
const missing = ensureSystemPackages(['ceph']).map((entry) => entry.package);
if (missing.length > 0) fail(`a Ceph cluster needs ${missing.join(', ')}`);
const { register } = await import('tsx/esm/api');
register();
const { cephCommand } = await import('../test/support/ceph-command.ts');
process.exitCode = await cephCommand(process.argv.slice(2));

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { isInstalled, runQuietly, say } from './command.mjs';

/** What Debian's package scripts ask before they start a service; code 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Runs an installation during which no package may start a service. A policy that is there already stays, since whoever
 * put it decides.
 *
 * @param install - the installation
 * @param policy - another path, for tests
 */
export function withoutServiceStarts(install, policy = POLICY) {
  let isOurs = false;
  try {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
    // whatever the umask is
    chmodSync(policy, 0o755);
    isOurs = true;
  } catch (error) {
    // without the folder there are no such scripts either
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') say(`${policy}: ${error.message}`);
  }
  try {
    install();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

/** Keeps services that came with packages from starting with the machine: only their programs are wanted. */
export function disableServices(names) {
  if (!isInstalled('update-rc.d')) return;
  for (const name of names) {
    if (!runQuietly('update-rc.d', [name, 'disable']))
      say(`service ${name} could not be disabled, see above`);
  }
}

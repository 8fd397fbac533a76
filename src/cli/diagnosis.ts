import { resolve } from 'node:path';
import type { Command } from 'commander';
import { directoryHolder } from '../node/directory-lock.ts';
import type { LoadedConfig } from '../node/load-config.ts';
import { addresses } from './diagnosis/addresses.ts';
import { ceph, libradosForLater } from '../node/diagnosis/ceph.ts';
import { certificates } from '../node/diagnosis/certificates.ts';
import { dataDirectory } from './diagnosis/data-directory.ts';
import { type Finding, failed } from '../node/diagnosis/finding.ts';
import { network } from '../node/diagnosis/network.ts';
import { payments } from '../node/diagnosis/payments.ts';
import { nativeCore, nodeVersion } from './diagnosis/machine.ts';
import { configOf } from './setting-options.ts';

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
  if (config.store === 'rados') yield* ceph(config, directory);
  else yield libradosForLater(config.store);
  yield* certificates(config);
  yield* network(config, directory);
  yield* payments(config);
  yield* addresses(config, holder);
}

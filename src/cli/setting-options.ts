import { type Command, Option } from 'commander';
import { type LoadedConfig, loadConfig } from '../node/load-config.ts';
import { SETTING_FACTS } from '../node/settings.ts';

/** Gives a command a flag for every setting of a node, and `--config`. */
export function addSettingOptions(command: Command): Command {
  return addFlags(command, SETTING_FACTS);
}

/** Gives a command that only needs to know the data directory its flag, and `--config`. */
export function addDataDirectoryOptions(command: Command): Command {
  return addFlags(
    command,
    SETTING_FACTS.filter(({ name }) => name === 'dataDir'),
  );
}

/** What says where the payments of a node are. */
const PAYMENT_STORE_SETTINGS: ReadonlySet<string> = new Set([
  'dataDir',
  'stateStore',
  'etcdEndpoints',
  'etcdCa',
  'etcdCert',
  'etcdKey',
  'paymentsNetwork',
  'paymentsOrganization',
  'paymentsGroupId',
  'paymentsMpeAddress',
]);

/** Gives a command that looks at payments in a state store the flags that say where they are, and `--config`. */
export function addPaymentStoreOptions(command: Command): Command {
  return addFlags(
    command,
    SETTING_FACTS.filter(({ name }) => PAYMENT_STORE_SETTINGS.has(name)),
  );
}

/** Whether a command was told where its state store is, and does not ask a node. */
export function namesPaymentStore(command: Command): boolean {
  return ['config', ...PAYMENT_STORE_SETTINGS].some((name) => command.getOptionValueSource(name) === 'cli');
}

function addFlags(command: Command, settings: typeof SETTING_FACTS): Command {
  command.addOption(new Option('--config <file>', 'YAML file of settings').env('PROVENDER_CONFIG'));
  for (const { name, flag, isSwitch, meaning } of settings) {
    if (!isSwitch) command.option(`${flag} <value>`, meaning);
    else if (name === 'reflection') command.option(`--no-${name}`, meaning);
    else command.option(flag, meaning);
  }
  return command;
}

/** Reads the configuration that flags, environment and file of `command` give. */
export async function configOf(command: Command): Promise<LoadedConfig> {
  const options: Record<string, unknown> = command.opts();
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const given = SETTING_FACTS.filter(({ name }) => isGiven(name)).map(({ name }) => [name, options[name]]);
  const file = options['config'];
  return await loadConfig({
    flags: Object.fromEntries(given),
    environment: process.env,
    ...(typeof file === 'string' && file !== '' ? { file } : {}),
  });
}

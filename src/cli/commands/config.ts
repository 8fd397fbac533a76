import type { Command } from 'commander';
import { stringify } from 'yaml';
import { SETTING_FACTS, type SettingName } from '../../node/settings.ts';
import { formatAddress } from '../../node/units.ts';
import { redact } from '../../telemetry/redact.ts';
import { withoutNode } from '../command-context.ts';
import { addSettingOptions, configOf } from '../setting-options.ts';

/** `provender config`: what a `serve` with the same flags, environment and file would run with. */
export function addConfig(program: Command): void {
  const command = program
    .command('config')
    .description(
      'Print the settings that serve would use, and where each comes from. The output is a settings file.',
    )
    .addHelpText(
      'after',
      `
Flags win over environment, environment over the file, the file over defaults.

Examples:
  provender config --limit 10GiB > provender.yaml
  provender config --config provender.yaml
  PROVENDER_STORE=files provender --json config`,
    );
  addSettingOptions(command).action(async (_options: unknown, used: Command) => {
    await withoutNode(used, async (output) => {
      const { config, origins, warnings } = await configOf(used);
      for (const warning of warnings) output.remark(`# ${warning}`);
      const settings = redact(
        Object.fromEntries(SETTING_FACTS.map(({ name }) => [name, writable(name, config[name])])),
      );
      const lines = SETTING_FACTS.map(({ name }) => line(name, settings[name], origins[name]));
      output.result({ settings, origins }, lines.join('\n'));
    });
  });
}

/** Durations are numbers inside; in a file they need their unit. */
const DURATIONS: ReadonlySet<SettingName> = new Set([
  'opTimeout',
  'deadAfter',
  'drainDelay',
  'grace',
  'scrubInterval',
  'paymentsMaxViewAge',
  'paymentsMaxBlockAge',
]);

function writable(name: SettingName, value: unknown): unknown {
  // keys of providers stand in the path, or before the host
  if (name === 'paymentsRpc' && Array.isArray(value))
    return value.map((url) => `${new URL(String(url)).origin}/...`);
  if (DURATIONS.has(name)) return `${String(value)}ms`;
  if (typeof value !== 'object' || value === null || !('host' in value) || !('port' in value)) return value;
  return formatAddress({ host: String(value.host), port: Number(value.port) });
}

/** What a setting without a value means. */
const WITHOUT_VALUE: Partial<Record<SettingName, string>> = {
  limit: 'chosen at the first start and kept in format.json; store rados: 80 % of what the pool can take',
  pool: 'of store rados',
  keyring: 'where ceph.conf says',
};

function line(name: SettingName, value: unknown, origin: string): string {
  if (value === undefined) return `# ${name}: ${WITHOUT_VALUE[name] ?? 'not set'}`;
  return `${stringify({ [name]: value }).trimEnd()}  # ${origin}`;
}

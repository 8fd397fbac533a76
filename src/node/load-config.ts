import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { ProvenderError } from '../content/provender-error.ts';
import { cephContradiction, unusedCephSettings } from './ceph-settings.ts';
import { networkContradiction } from './network-settings.ts';
import { nearest } from './nearest.ts';
import { paymentContradiction } from './payment-settings.ts';
import { type NodeConfig, SETTING_FACTS, SETTINGS, type SettingName } from './settings.ts';
import { stateContradiction } from './state-settings.ts';
import { tlsContradiction } from './tls-settings.ts';

/** Where the value of a setting comes from: `--limit`, `PROVENDER_LIMIT`, `provender.yaml` or `default`. */
type Origin = string;

/** Where to look for settings. */
export interface ConfigSources {
  /** Values from the command line by setting name; only those that were given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** YAML file; an explicit one has to be there. */
  readonly file?: string;
}

/** The configuration, where each part of it comes from, and what looks like a slip. */
export interface LoadedConfig {
  readonly config: NodeConfig;
  readonly origins: Readonly<Record<SettingName, Origin>>;
  readonly warnings: readonly string[];
}

type Found = { readonly value: unknown; readonly origin: Origin };

const PREFIX = 'PROVENDER_';
/** Sections that the file may have. */
const SECTIONS = ['payments'];
/** Names in the environment that start with PROVENDER_ and are not settings of a node. */
const OTHER_VARIABLES = [
  'PROVENDER_CONFIG',
  'PROVENDER_KERNEL',
  'PROVENDER_CORE',
  // of the commands that talk to a node
  'PROVENDER_NODE',
  'PROVENDER_TLS_CA',
  'PROVENDER_TLS_CLIENT_CERT',
  'PROVENDER_TLS_CLIENT_KEY',
  'PROVENDER_TLS_SERVER_NAME',
  'PROVENDER_KEY_FILE',
  'PROVENDER_KEY_PASSPHRASE',
  'PROVENDER_KEY_PASSPHRASE_FILE',
  'PROVENDER_CHANNEL',
  'PROVENDER_MAX_PRICE',
  'PROVENDER_MPE',
];

/**
 * Reads the configuration: flags before environment before the YAML file before defaults.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` naming setting, origin, found value and what is allowed
 * @see DESIGN.md, "Defaults"
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const fromFile = sources.file === undefined ? {} : await readSettingsFile(sources.file);
  const found = new Map<SettingName, Found>();
  for (const { name, flag, variable } of SETTING_FACTS) {
    const candidates: Found[] = [
      { value: sources.flags[name], origin: flag },
      { value: sources.environment[variable] || undefined, origin: variable }, // an empty variable is an unset one
      { value: fromFile[name], origin: sources.file ?? '' },
    ];
    const first = candidates.find(({ value }) => value !== undefined);
    if (first !== undefined) found.set(name, first);
  }
  const config = check(found);
  refuseContradiction(
    cephContradiction(config) ??
      tlsContradiction(config) ??
      networkContradiction(config) ??
      stateContradiction(config) ??
      paymentContradiction(config),
    found,
  );
  const from = origins(found);
  return {
    config,
    origins: from,
    warnings: [...strangeVariables(sources.environment), ...unusedCephSettings(config.store, from)],
  };
}

/** What is right by itself may be wrong together. */
function refuseContradiction(
  wrong: { readonly setting: SettingName; readonly message: string } | undefined,
  found: ReadonlyMap<SettingName, Found>,
): void {
  if (wrong !== undefined) throw refused(wrong.setting, wrong.message, found.get(wrong.setting));
}

function refused(
  setting: SettingName | undefined,
  reason: string | undefined,
  source: Found | undefined,
): ProvenderError {
  const message =
    source === undefined
      ? `${setting}: ${reason}`
      : `${setting} (from ${source.origin}): ${reason}; found ${JSON.stringify(source.value)}`;
  return new ProvenderError('PROVENDER_CONFIG', message, {
    details: { setting: setting ?? '', origin: source?.origin ?? '' },
  });
}

function check(found: ReadonlyMap<SettingName, Found>): NodeConfig {
  const values = Object.fromEntries([...found].map(([name, { value }]) => [name, value]));
  const result = SETTINGS.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const setting = SETTING_FACTS.find(({ name }) => name === issue?.path[0]);
  throw refused(setting?.name, issue?.message, setting === undefined ? undefined : found.get(setting.name));
}

function origins(found: ReadonlyMap<SettingName, Found>): Record<SettingName, Origin> {
  const origin = (name: SettingName): Origin => found.get(name)?.origin ?? 'default';
  const entries = SETTING_FACTS.map(({ name }) => [name, origin(name)]);
  return Object.fromEntries(entries) as Record<SettingName, Origin>; // every name of SETTING_FACTS is there
}

async function readSettingsFile(path: string): Promise<Record<string, unknown>> {
  const wrong = (reason: string, cause?: unknown): ProvenderError =>
    new ProvenderError('PROVENDER_CONFIG', `configuration file ${path}: ${reason}`, {
      details: { path },
      cause,
    });
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrong(error instanceof Error ? error.message : String(error), error);
  });
  const document = parseDocument(content);
  const [problem] = document.errors;
  if (problem !== undefined) throw wrong(problem.message.split('\n')[0] ?? 'is not YAML', problem);
  const settings: unknown = document.toJS() ?? {};
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw wrong('holds no settings; write lines such as "limit: 10GiB"');
  const known = SETTING_FACTS.map(({ name }) => name);
  const flat = Object.fromEntries(Object.entries(settings).flatMap(flattened));
  const unknown = Object.keys(flat).find((key) => !known.some((name) => name === key));
  if (unknown !== undefined) throw wrong(unknownSetting(unknown, known));
  return flat;
}

/** A section holds settings without their first word: `payments.mode` is `paymentsMode`. */
function flattened([key, value]: [string, unknown]): [string, unknown][] {
  if (!SECTIONS.includes(key) || typeof value !== 'object' || value === null) return [[key, value]];
  return Object.entries(value).map(([inner, setting]) => [
    `${key}${inner.charAt(0).toUpperCase()}${inner.slice(1)}`,
    setting,
  ]);
}

function unknownSetting(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `unknown setting "${key}"; known are ${known.join(', ')}`
    : `unknown setting "${key}", did you mean "${meant}"?`;
}

/**
 * Variables that look like a mistyped setting. A warning and no error: Kubernetes itself sets PROVENDER_PORT and
 * PROVENDER_SERVICE_HOST for a Service named provender.
 */
function strangeVariables(environment: ConfigSources['environment']): string[] {
  const known = [...SETTING_FACTS.map(({ variable }) => variable), ...OTHER_VARIABLES];
  const suffixes = known.map((name) => name.slice(PREFIX.length));
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(name.slice(PREFIX.length), suffixes);
      return meant === undefined
        ? []
        : [`environment variable ${name} is not used, did you mean ${PREFIX}${meant}?`];
    });
}

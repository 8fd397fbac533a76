import { z } from 'zod';
import { isProvenderError } from '../content/provender-error.ts';
import { parseEtcdEndpoint } from '../state/etcd/etcd-address.ts';
import { count, listOf, text } from './setting-types.ts';

/** Stays the text that it is: it says whether TLS is spoken. */
const etcdEndpoint = text.superRefine((value, context) => {
  try {
    parseEtcdEndpoint(value, value.startsWith('https:'));
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

/** Settings of where small consistent records are kept. */
export const STATE_SETTINGS = {
  stateStore: z
    .enum(['level', 'etcd'], 'known state stores are level and etcd')
    .prefault('level')
    .describe(
      'Where the state of payment channels is kept: `level` (embedded, one replica) or `etcd` (shared by several).',
    ),
  etcdEndpoints: listOf(etcdEndpoint, 16)
    .optional()
    .describe(
      'State store `etcd`: client addresses of its members, `host:port` or as URLs; a list, or separated by commas.',
    ),
  etcdCa: text.optional().describe('State store `etcd`: PEM file of the CA of its members; turns TLS on.'),
  etcdCert: text.optional().describe('State store `etcd`: PEM file of the certificate that the node shows.'),
  etcdKey: text.optional().describe('State store `etcd`: PEM file of its key, mode 0600.'),
  replicaId: count(1, 65_535)
    .prefault(1)
    .describe('Number of this replica among those that share payment channels; no two have the same.'),
};

interface StateConfig {
  readonly stateStore: 'level' | 'etcd';
  readonly etcdEndpoints?: readonly string[] | undefined;
  readonly etcdCa?: string | undefined;
  readonly etcdCert?: string | undefined;
  readonly etcdKey?: string | undefined;
}

/** What is wrong between settings that are right by themselves. */
export interface StateContradiction {
  readonly setting: keyof typeof STATE_SETTINGS;
  readonly message: string;
}

/** Checks the settings together: endpoints that nobody asks would mean less consistency than whoever wrote them thinks. */
export function stateContradiction(config: StateConfig): StateContradiction | undefined {
  const { stateStore, etcdEndpoints, etcdCa, etcdCert, etcdKey } = config;
  if (stateStore === 'level') {
    const named = ['etcdEndpoints', 'etcdCa', 'etcdCert', 'etcdKey'] as const;
    const setting = named.find((name) => config[name] !== undefined);
    const message = 'works with state store etcd only; choose it with --state-store etcd';
    return setting === undefined ? undefined : { setting, message };
  }
  if (etcdEndpoints === undefined)
    return { setting: 'stateStore', message: 'etcd needs its members; name them with --etcd-endpoints' };
  if (etcdCert !== undefined && etcdKey === undefined)
    return { setting: 'etcdCert', message: 'needs its key; name the file with --etcd-key' };
  if (etcdKey !== undefined && etcdCert === undefined)
    return { setting: 'etcdKey', message: 'needs its certificate; name the file with --etcd-cert' };
  if (etcdCert !== undefined && etcdCa === undefined)
    return { setting: 'etcdCert', message: 'needs the CA of the members; name its file with --etcd-ca' };
  return undefined;
}

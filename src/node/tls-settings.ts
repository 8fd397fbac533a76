import { z } from 'zod';
import { isProvenderError } from '../content/provender-error.ts';
import type { ServerTls } from '../rpc/connection-source.ts';
import { parseOperatorName } from '../rpc/operators.ts';
import { flag, text } from './setting-types.ts';

/** One name, checked. */
const operatorName = z.string('is no text').superRefine((name, context) => {
  try {
    parseOperatorName(name);
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

/** Several names: a list in the file, separated by commas elsewhere. */
const operatorList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value),
  z.array(operatorName, 'is no list of names').min(1, 'is empty'),
);

/** Settings of transport security: what the node shows, whom it trusts, who may remove and list. */
export const TLS_SETTINGS = {
  tlsCert: text
    .optional()
    .describe('PEM file of the certificate of gRPC, intermediates behind it; turns TLS on. With `tlsKey`.'),
  tlsKey: text.optional().describe('PEM file of its key, without passphrase, mode 0600.'),
  tlsClientCa: text
    .optional()
    .describe('PEM file of the CAs that sign certificates of clients; clients may then show one.'),
  tlsRequireClientCert: flag
    .prefault(false)
    .describe('Refuse clients without a certificate of `tlsClientCa`.'),
  operators: operatorList
    .optional()
    .describe(
      'Client certificates that may remove and list, besides this machine: common name, `DNS:name` or `URI:uri`; a list, or separated by commas.',
    ),
};

interface TlsConfig {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsClientCa?: string | undefined;
  readonly tlsRequireClientCert: boolean;
  readonly operators?: readonly string[] | undefined;
}

/** What is wrong between settings that are right by themselves: the setting to mend, and how. */
export interface TlsContradiction {
  readonly setting: keyof typeof TLS_SETTINGS;
  readonly message: string;
}

/** Checks the settings together: half of them would mean less security than whoever wrote them thinks. */
export function tlsContradiction(config: TlsConfig): TlsContradiction | undefined {
  const { tlsCert, tlsKey, tlsClientCa, tlsRequireClientCert, operators } = config;
  if (tlsCert !== undefined && tlsKey === undefined)
    return { setting: 'tlsCert', message: 'needs its key; name the file with --tls-key' };
  if (tlsKey !== undefined && tlsCert === undefined)
    return { setting: 'tlsKey', message: 'needs its certificate; name the file with --tls-cert' };
  if (tlsClientCa !== undefined && tlsCert === undefined)
    return {
      setting: 'tlsClientCa',
      message: 'works with TLS only; turn it on with --tls-cert and --tls-key',
    };
  const needsCa = 'needs the CAs of clients; name their file with --tls-client-ca';
  if (tlsRequireClientCert && tlsClientCa === undefined)
    return { setting: 'tlsRequireClientCert', message: needsCa };
  if (operators !== undefined && tlsClientCa === undefined) return { setting: 'operators', message: needsCa };
  return undefined;
}

/** TLS as the server takes it; undefined for plain text. */
export function serverTls(config: TlsConfig): ServerTls | undefined {
  const { tlsCert, tlsKey, tlsClientCa, tlsRequireClientCert } = config;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return {
    certFile: tlsCert,
    keyFile: tlsKey,
    ...(tlsClientCa === undefined ? {} : { clientCaFile: tlsClientCa }),
    requireClientCert: tlsRequireClientCert,
  };
}

import { type Command, Option } from 'commander';
import { ProvenderError } from '../content/provender-error.ts';
import type { ClientTls } from '../rpc/client/index.ts';
import { checkAuthorities } from '../rpc/tls/authorities.ts';
import { checkKeyPair, readKeyPair } from '../rpc/tls/key-pair.ts';
import { readPem } from '../rpc/tls/pem-file.ts';

/** Options for calling a node that speaks TLS. */
export type TlsOptions = {
  readonly tlsCa?: string;
  readonly tlsClientCert?: string;
  readonly tlsClientKey?: string;
  readonly tlsServerName?: string;
};

/** Stands for the CAs that Node.js knows, where a CA file is asked for; a file of that name is `./system`. */
const SYSTEM = 'system';

/** Gives the program these options; each has its environment variable. */
export function addTlsOptions(program: Command): Command {
  const add = (flags: string, variable: string, meaning: string): Command =>
    program.addOption(new Option(flags, meaning).env(variable));
  add('--tls-ca <file>', 'PROVENDER_TLS_CA', `call by TLS: CAs of the node, PEM; "${SYSTEM}": public ones`);
  add('--tls-client-cert <file>', 'PROVENDER_TLS_CLIENT_CERT', 'own certificate, PEM; with --tls-client-key');
  add('--tls-client-key <file>', 'PROVENDER_TLS_CLIENT_KEY', 'its key, PEM, mode 0600');
  add('--tls-server-name <name>', 'PROVENDER_TLS_SERVER_NAME', 'name in the certificate of the node');
  return program;
}

/**
 * Reads the files that these options name.
 * @returns undefined for plain text
 * @throws ProvenderError `PROVENDER_CONFIG` for a half of them, and for files that are no good
 */
export async function clientTls(options: TlsOptions): Promise<ClientTls | undefined> {
  // an empty variable is an unset one
  const ca = options.tlsCa || undefined;
  const certFile = options.tlsClientCert || undefined;
  const keyFile = options.tlsClientKey || undefined;
  const serverName = options.tlsServerName || undefined;
  if (ca === undefined) {
    if (certFile === undefined && keyFile === undefined && serverName === undefined) return undefined;
    throw wrong(`give --tls-ca too: the CAs of the node, or "${SYSTEM}"`);
  }
  if ((certFile === undefined) !== (keyFile === undefined))
    throw wrong('--tls-client-cert and --tls-client-key are given together');
  return {
    ...(ca === SYSTEM ? {} : { ca: await readCa(ca) }),
    ...(certFile === undefined || keyFile === undefined ? {} : await ownPair(certFile, keyFile)),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

/**
 * Refuses these options where nothing is called: whoever gives `serve` one of them takes it for another.
 * @throws ProvenderError `PROVENDER_CONFIG`
 */
export function refuseTlsOptions(command: Command): void {
  const given = ['tlsCa', 'tlsClientCert', 'tlsClientKey', 'tlsServerName'].find(
    (name) => command.getOptionValueSourceWithGlobals(name) === 'cli',
  );
  if (given === undefined) return;
  const flag = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw wrong(`--${flag} is for calling a node; a node has --tls-cert, --tls-key and --tls-client-ca`);
}

async function readCa(path: string): Promise<Buffer> {
  return checkAuthorities(path, (await readPem(path)).bytes, Date.now()).ca;
}

async function ownPair(certFile: string, keyFile: string): Promise<{ cert: Buffer; key: Buffer }> {
  const files = { certFile, keyFile };
  const { cert, key } = checkKeyPair(files, await readKeyPair(files), { role: 'client', now: Date.now() });
  return { cert, key };
}

function wrong(message: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', message);
}

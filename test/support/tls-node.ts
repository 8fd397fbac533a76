import { readFile } from 'node:fs/promises';
import type { ClientOptions, ClientTls } from '../../src/rpc/client/index.ts';
import type { ServerOptions } from '../../src/rpc/server.ts';
import { type CertificateFiles, TestCa } from './certificates.ts';
import { openRpcNode, type RpcNode } from './rpc-node.ts';
import { openScratch, type Scratch } from './scratch.ts';

/** Names of a node on this machine. */
export const LOCAL_NAMES = 'DNS:localhost,IP:127.0.0.1,IP:::1';

/** A CA with a certificate for a server on loopback. */
export interface TestPki extends AsyncDisposable {
  readonly scratch: Scratch;
  readonly ca: TestCa;
  readonly server: CertificateFiles;
}

/** Makes one in a folder of its own. */
export async function openPki(): Promise<TestPki> {
  const scratch = await openScratch();
  const ca = await TestCa.make(scratch);
  const server = await ca.issue({ subject: '/CN=node', altNames: LOCAL_NAMES, usage: 'serverAuth' });
  return { scratch, ca, server, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

/** What a client gives to trust a CA, and to show a certificate. */
export async function tlsOf(ca: TestCa, own?: CertificateFiles): Promise<ClientTls> {
  return {
    ca: await readFile(ca.certFile),
    ...(own === undefined ? {} : { cert: await readFile(own.certFile), key: await readFile(own.keyFile) }),
  };
}

/** Serves with the certificate of a PKI; the client trusts its CA. */
export async function openTlsNode(
  { ca, server }: TestPki,
  options: Partial<Omit<ServerOptions, 'shares' | 'telemetry'>> = {},
  clientOptions: ClientOptions = {},
): Promise<RpcNode> {
  return openRpcNode({ tls: server, ...options }, { tls: await tlsOf(ca), ...clientOptions });
}

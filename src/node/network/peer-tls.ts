import { readFile } from 'node:fs/promises';
import type { ClientTls } from '../../rpc/client/tls-credentials.ts';
import type { NodeConfig } from '../settings.ts';

/**
 * TLS for calls to other nodes: that of the own server, so that a network speaks either TLS or plain text. The certificates of the others must be
 * signed by `tlsClientCa`, or by a CA that Node.js knows where that is not set; the own certificate is shown to them.
 *
 * @returns undefined for plain text
 */
export async function peerTls({ tlsCert, tlsKey, tlsClientCa }: NodeConfig): Promise<ClientTls | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return {
    cert: await readFile(tlsCert),
    key: await readFile(tlsKey),
    ...(tlsClientCa === undefined ? {} : { ca: await readFile(tlsClientCa) }),
  };
}

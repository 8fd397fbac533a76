import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { EtcdAsk } from './etcd-member.ts';

const LIMIT_MS = 1000;

/** PEM of what a client of a cluster with TLS trusts and shows. */
export interface EtcdTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Asks etcd's own JSON gateway, so that a test learns nothing from the client that it tests. Gives up after 1 s. */
export function askEtcd(tls?: EtcdTls): EtcdAsk {
  return (url, body) =>
    new Promise((resolve, reject) => {
      const options = {
        method: body === undefined ? 'GET' : 'POST',
        signal: AbortSignal.timeout(LIMIT_MS),
        // a connection that stays would hold the process
        agent: false,
        ...tls,
      };
      const call = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('error', reject);
        response.once('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(parts).toString()));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      call.once('error', reject);
      call.end(body);
    });
}

import { checkIdentity, readIdentity } from '../../rpc/tls/identity-files.ts';
import { endsSoon } from '../../rpc/tls/key-pair.ts';
import type { NodeConfig } from '../settings.ts';
import { serverTls } from '../tls-settings.ts';
import { type Finding, failed } from './finding.ts';

const DAY_MS = 24 * 3_600_000;

/** Looks at the certificate of gRPC, its key and the CAs of clients, as a start would. */
export async function* certificates(config: NodeConfig): AsyncGenerator<Finding> {
  const files = serverTls(config);
  if (files === undefined) return;
  const check = 'certificate';
  const now = Date.now();
  try {
    const identity = checkIdentity(files, await readIdentity(files), now);
    const days = Math.floor((identity.expiresAt - now) / DAY_MS);
    const found = `${files.certFile}, valid for ${days} more days`;
    if (!endsSoon(identity, now)) yield { check, state: 'good', found };
    else
      yield { check, state: 'warning', found, cure: 'See that it is renewed; a running node takes it over.' };
  } catch (error) {
    yield failed(check, error);
  }
}

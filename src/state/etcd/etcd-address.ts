import { ProvenderError } from '../../content/provender-error.ts';

/** Where clients of a member go. */
export interface EtcdAddress {
  /** `host:port`, IPv6 hosts in brackets. */
  readonly authority: string;
  /** Host alone, without brackets. */
  readonly host: string;
}

/**
 * Reads an endpoint as users write it: `host:port`, `http://host:port` or `https://host:port`.
 * @throws ProvenderError `PROVENDER_CONFIG` for anything else, and for a scheme that does not fit to the certificates
 */
export function parseEtcdEndpoint(text: string, isTls: boolean): EtcdAddress {
  const wrong = (why: string): ProvenderError =>
    new ProvenderError('PROVENDER_CONFIG', `etcd endpoint ${JSON.stringify(text)}: ${why}`);
  const [, scheme, rest] = /^(?:([a-z]+):\/\/)?([^/]+)\/?$/.exec(text) ?? [];
  if (rest === undefined || !/:\d{1,5}$/.test(rest) || !URL.canParse(`http://${rest}`))
    throw wrong('write host:port, http://host:port or https://host:port');
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    throw wrong(`${scheme} is not http or https`);
  if (scheme === 'https' && !isTls) throw wrong('https needs certificates');
  if (scheme === 'http' && isTls)
    throw wrong('http beside certificates: use https, or leave the certificates out');
  return addressOf(rest);
}

/** Address of an URL that a member announces; undefined when it does not speak as we do. */
export function announcedAddress(url: string, isTls: boolean): EtcdAddress | undefined {
  const scheme = isTls ? 'https://' : 'http://';
  if (!url.startsWith(scheme) || !URL.canParse(url)) return undefined;
  const { host, port } = new URL(url);
  return addressOf(port === '' ? `${host}:${isTls ? 443 : 80}` : host);
}

function addressOf(authority: string): EtcdAddress {
  const host = authority.slice(0, authority.lastIndexOf(':'));
  return { authority, host: host.replace(/^\[(.*)\]$/, '$1') };
}

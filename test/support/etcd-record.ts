import type { EtcdEvents } from '../../src/state/etcd/etcd-events.ts';

/** Events of a store, written down: `ejected 127.1.2.3:4`, `returned 127.1.2.3:4`, `fatal`. */
export function recordedEvents(): EtcdEvents & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    lines,
    ejected: (endpoint) => void lines.push(`ejected ${endpoint}`),
    returned: (endpoint) => void lines.push(`returned ${endpoint}`),
    fatal: () => void lines.push('fatal'),
  };
}

/** `host:port` of a client URL. */
export function addressOfUrl(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

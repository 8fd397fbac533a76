import type { EtcdEvents } from '../state/etcd/etcd-events.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Tells what the client of etcd reports to log and metrics. */
export function etcdEvents({ log, metrics: { payments } }: Telemetry): EtcdEvents {
  return {
    ejected: (endpoint, reason) => {
      payments.etcdEndpoint('ejected');
      log.warn({ event: 'etcd-ejected', endpoint, reason }, 'a member of etcd does not answer');
    },
    returned: (endpoint) => {
      payments.etcdEndpoint('returned');
      log.info({ event: 'etcd-returned', endpoint }, 'a member of etcd answers again');
    },
    fatal: (error) =>
      log.error({ event: 'etcd-fatal', err: error }, 'an endpoint of etcd belongs to another cluster'),
  };
}

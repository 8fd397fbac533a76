import type { ProvenderError } from '../../content/provender-error.ts';

/** What an operator wants to know. */
export interface EtcdEvents {
  /** An endpoint is not used until it answers again. */
  ejected(endpoint: string, reason: string): void;
  /** An endpoint is used again. */
  returned(endpoint: string): void;
  /** Every call fails from now on: an endpoint belongs to another cluster. */
  fatal(error: ProvenderError): void;
}

/** For those who do not want to know. */
export const NO_ETCD_EVENTS: EtcdEvents = {
  ejected: () => undefined,
  returned: () => undefined,
  fatal: () => undefined,
};

import type { RadosPool } from './rados-pool.ts';

/** How a cluster is reached. */
export interface RadosConnectOptions {
  /** ceph.conf; without it `monHosts` and `keyring` are needed. */
  readonly configFile?: string | undefined;
  readonly monHosts?: string | undefined;
  /** `client.` is put before it when it is missing. */
  readonly user: string;
  readonly keyring?: string | undefined;
  /** Options of Ceph that win over the file and over our own. */
  readonly options?: Readonly<Record<string, string>>;
  /** `rados_osd_op_timeout`; default 30 s. */
  readonly opTimeoutMs?: number;
  /** `client_mount_timeout`; default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly admission?: Partial<AdmissionLimits>;
  /** Handles with equal settings share one connection in the process, and so one client address; another `instance` has its own. */
  readonly instance?: string;
  readonly signal?: AbortSignal | undefined;
}

/** @see native-addon.md, section 4 */
export interface AdmissionLimits {
  /** Operations in flight; default 512. */
  readonly maxInFlight: number;
  /** Their bytes; reads count what they ask for. Default 128 MiB. */
  readonly maxInFlightBytes: number;
  /** Operations that wait; default 4096. */
  readonly maxQueued: number;
}

/** What the admission of one connection counts now. */
export interface RadosLoad {
  readonly inFlight: number;
  readonly inFlightBytes: number;
  readonly queued: number;
}

/** A connection to a cluster. States: open -> closing -> closed. */
export interface RadosConnection extends AsyncDisposable {
  /** @throws RadosError `ENOENT` when there is no such pool */
  pool(name: string, o?: { namespace?: string; signal?: AbortSignal }): Promise<RadosPool>;
  usage(): Promise<{ totalBytes: bigint; usedBytes: bigint; objects: bigint }>;
  /** Client address(es) as the blocklist takes them (`rados_getaddrs`). */
  address(): string;
  blocklist(address: string, seconds: number): Promise<void>;
  waitForLatestMap(): Promise<void>;
  /** A monitor command, for `df`, `osd pool get-quota` and the like: JSON in, parsed JSON out. */
  monCommand(command: Readonly<Record<string, unknown>>): Promise<unknown>;
  load(): RadosLoad;
  close(o?: { graceMs?: number }): Promise<void>;
}

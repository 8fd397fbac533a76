import { connectSettings } from './connect-settings.ts';
import { Engine } from './engine.ts';
import { LibradosConnection } from './librados-connection.ts';
import { loadRados } from './loader.ts';
import type { NativeCluster } from './native-binding.ts';
import type { RadosConnection, RadosConnectOptions } from './rados-cluster-types.ts';
import { asRadosError } from './rados-error.ts';
import { RareCall } from './rare-call.ts';
import { checkCall } from './running-calls.ts';

/** The addon takes one sink per environment. */
let engine: Engine | undefined;

/**
 * Connects through an engine; `RadosCluster.connect` is the way for all but tests.
 * @throws as `RadosCluster.connect`
 */
export async function connectThrough(through: Engine, o: RadosConnectOptions): Promise<RadosConnection> {
  const settings = connectSettings(o);
  const { user, configFile, digest } = settings;
  checkCall(o);
  const call = new RareCall<NativeCluster>({
    what: `connect to Ceph as ${user}`,
    signal: o.signal,
    discard: (late) => late.close(),
  });
  try {
    const native = await call.run(
      through.native.connect({ user, configFile, settings: settings.settings, digest }),
    );
    return new LibradosConnection(through, native, settings);
  } catch (error) {
    throw asRadosError(error);
  }
}

/** The way to a Ceph cluster. */
export const RadosCluster = {
  /**
   * Connects. Connections of equal settings in one process share one handle of librados, and so one client address.
   *
   * @throws ProvenderError `PROVENDER_NATIVE_MISSING` without librados, with the cure
   * @throws ProvenderError `PROVENDER_CONFIG`, `PROVENDER_INVALID` for settings that cannot be; `PROVENDER_CANCELLED` when the signal aborted
   * @throws RadosError of `rados_conf_read_file`: `ENOENT` no such file, `EINVAL` not a ceph.conf; of `rados_connect`: `ENOENT` no key for this user or no
   *   `mon_host`, `EACCES` wrong key or unknown user, `ETIMEDOUT` no monitor within `connectTimeoutMs`
   */
  async connect(o: RadosConnectOptions): Promise<RadosConnection> {
    engine ??= new Engine(loadRados());
    return connectThrough(engine, o);
  },
};

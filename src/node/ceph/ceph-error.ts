import { ProvenderError } from '../../content/provender-error.ts';
import type { RadosError } from '../../objects/rados/client/rados-error.ts';

/** Settings that say where a cluster is and who we are there. */
export interface CephPlace {
  readonly cephConf: string;
  readonly user: string;
  readonly keyring?: string | undefined;
}

/** The name of a user as Ceph writes it. */
export function cephUser(user: string): string {
  return user.startsWith('client.') ? user : `client.${user}`;
}

/**
 * Turns the reason for which librados did not connect into one that tells the operator what to mend. Which code comes when was seen on 16.2.15; a test
 * asserts each.
 */
export function connectError(error: RadosError, place: CephPlace): ProvenderError {
  const { code, message } = reasonOf(error, place);
  return new ProvenderError(code, `Ceph: ${message}`, {
    details: { cephConf: place.cephConf, user: place.user, errno: error.errno },
    cause: error,
  });
}

type Reason = {
  readonly code: 'PROVENDER_CONFIG' | 'PROVENDER_UNAVAILABLE';
  readonly message: string;
};

function reasonOf(error: RadosError, place: CephPlace): Reason {
  const { cephConf, keyring } = place;
  const user = cephUser(place.user);
  if (error.syscall === 'rados_conf_read_file') {
    const found = error.code === 'ENOENT' ? 'there is no such file' : `cannot be read (${error.code})`;
    return config(`${cephConf}: ${found}; name the cluster's ceph.conf with --ceph-conf`);
  }
  switch (error.code) {
    case 'ENOENT':
      return config(
        `no key of ${user} was found (${keyring ?? `where ${cephConf} says`}), or ${cephConf} names no monitor; ` +
          'name the file with the key with --keyring, and check "mon host"',
      );
    case 'EACCES':
    case 'EPERM':
      return config(
        `the monitors refuse ${user}: its key is another one, it does not exist, or it has no rights; compare with: ceph auth get ${user}`,
      );
    case 'EINVAL':
      return config(`the key of ${user} or a line of ${cephConf} is damaged (${error.message})`);
    case 'ETIMEDOUT':
      return {
        code: 'PROVENDER_UNAVAILABLE',
        message: `no monitor of ${cephConf} answered in time; check "mon host", the network and that the monitors run`,
      };
    default:
      return { code: 'PROVENDER_UNAVAILABLE', message: `the cluster cannot be reached: ${error.message}` };
  }
}

function config(message: string): Reason {
  return { code: 'PROVENDER_CONFIG', message };
}

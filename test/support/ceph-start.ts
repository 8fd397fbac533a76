import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CephDaemon } from './ceph-daemon.ts';
import { cephConf, confFileOf, freeMonitorAddress, OSD_COUNT } from './ceph-config.ts';
import { tailOfLogs, untilOsdsUp } from './ceph-facts.ts';
import { makeCephFolder, removeCephFolder } from './ceph-folder.ts';
import { forgetCephFolder, removeAtExit } from './ceph-exit.ts';
import { makeKey, writeKeyring } from './ceph-keys.ts';
import { CephTools, runTool } from './ceph-tools.ts';

const ATTEMPTS = 3;
const PORT_TAKEN = /Address already in use|unable to bind|EADDRINUSE/;

/** How a start tells how far it is. */
export type CephProgress = (line: string) => void;

/**
 * Starts a cluster: monitor, manager, three OSDs. Ends when all are up; it is removed when this process ends.
 *
 * @returns its folder
 * @throws Error with the failed step, its output and the tail of the logs; nothing stays behind
 * @see spec/test-ceph.md, "Start"
 */
export async function startCeph(progress: CephProgress): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const folder = await makeCephFolder();
    removeAtExit(folder);
    try {
      await startIn(folder, progress);
      return folder;
    } catch (error) {
      const logs = tailOfLogs(folder);
      await removeCephFolder(folder);
      forgetCephFolder(folder);
      const why = error instanceof Error ? error.message : String(error);
      // another process took the monitor's port between our look and its bind
      if (attempt === ATTEMPTS || !PORT_TAKEN.test(`${why}${logs}`))
        throw new Error(`no Ceph cluster: ${why}\n${logs}`);
    }
  }
}

async function startIn(folder: string, progress: CephProgress): Promise<void> {
  progress('monitor');
  await startMonitor(folder);
  progress('manager and OSDs');
  const ids = Array.from({ length: OSD_COUNT }, (_, id) => id);
  const steps = [startManager(folder), ...ids.map(async (id) => await startOsd(folder, id))];
  // all have to come to an end, or one would go on in a folder that is being removed
  for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason;
  progress('waiting for the OSDs');
  await untilOsdsUp(CephTools.in(folder));
}

async function startMonitor(folder: string): Promise<void> {
  const [fsid, monitor] = [randomUUID(), await freeMonitorAddress()];
  const [keys, map] = [join(folder, 'mon.keyring'), join(folder, 'monmap')];
  await writeFile(confFileOf(folder), cephConf({ folder, fsid, monitor }));
  const adminKeys = join(folder, 'client.admin.keyring');
  const all = ['mon', 'osd', 'mgr', 'mds'].flatMap((service) => ['--cap', service, 'allow *']);
  await runTool('ceph-authtool', ['-C', keys, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  await runTool('ceph-authtool', ['-C', adminKeys, '--gen-key', '-n', 'client.admin', ...all]);
  await runTool('ceph-authtool', [keys, '--import-keyring', adminKeys]);
  await runTool('monmaptool', ['--create', '--fsid', fsid, '--addv', 'x', monitor, map]);
  const conf = ['-c', confFileOf(folder)];
  await runTool('ceph-mon', [...conf, '--mkfs', '-i', 'x', '--monmap', map, '--keyring', keys]);
  await new CephDaemon(folder, 'mon', 'x').start();
}

async function startManager(folder: string): Promise<void> {
  const caps = ['mon', 'allow profile mgr', 'osd', 'allow *', 'mds', 'allow *'];
  await makeKey(CephTools.in(folder), 'mgr.x', caps);
  await new CephDaemon(folder, 'mgr', 'x').start();
}

async function startOsd(folder: string, id: number): Promise<void> {
  const uuid = randomUUID();
  const key = (await runTool('ceph-authtool', ['--gen-print-key'])).toString().trim();
  const secret = JSON.stringify({ cephx_secret: key });
  await CephTools.in(folder).adminText(['osd', 'new', uuid, String(id), '-i', '-'], { input: secret });
  await writeKeyring(folder, `osd.${id}`, key);
  const conf = ['-c', confFileOf(folder)];
  await runTool('ceph-osd', [...conf, '-i', String(id), '--mkfs', '--osd-uuid', uuid]);
  await new CephDaemon(folder, 'osd', String(id)).start();
}

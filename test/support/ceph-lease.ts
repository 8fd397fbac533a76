import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CephCluster } from './ceph-cluster.ts';
import { cephLack, givenCeph } from './ceph-presence.ts';

const Answer = z.union([z.object({ confFile: z.string() }), z.object({ error: z.string() })]);

/** What a test needs of a cluster. */
export interface CephNeeds {
  /** It will pause, kill, fill or damage: nobody else may use the cluster meanwhile. */
  readonly faults?: boolean;
}

/**
 * Gives a cluster: the one that `PROVENDER_CEPH_CONF` names, else that of the whole run of `npm test`, else one of our
 * own, which takes some seconds. The caller stops it, which ends only what was started here.
 *
 * @throws Error when there can be none here, or when faults are wanted of a given one
 */
export async function openCeph({ faults = false }: CephNeeds = {}): Promise<CephCluster> {
  const lack = cephLack();
  if (lack !== undefined) throw new Error(`no Ceph cluster: ${lack}`);
  const given = givenCeph();
  if (given !== undefined) {
    if (faults) throw new Error(`PROVENDER_CEPH_CONF is set: no faults in a given cluster (${given})`);
    return await CephCluster.connectTo(given);
  }
  const service = process.env['PROVENDER_CEPH_SERVICE'];
  return service === undefined ? await CephCluster.start() : await lease(service, faults);
}

/** Borrows the cluster of the run: ours for as long as the connection lasts. */
async function lease(service: string, faults: boolean): Promise<CephCluster> {
  const socket = createConnection(service);
  await once(socket, 'connect');
  socket.write(`${JSON.stringify({ faults, pid: process.pid })}\n`);
  const answer = await firstLine(socket);
  if ('error' in answer) {
    socket.destroy();
    throw new Error(answer.error);
  }
  socket.unref(); // a file that forgets to give it back can still end
  return CephCluster.attach(answer.confFile, async () => {
    socket.destroy();
    await once(socket, 'close');
  });
}

async function firstLine(socket: Socket): Promise<z.infer<typeof Answer>> {
  const lines = createInterface(socket);
  for await (const line of lines) {
    lines.removeAllListeners();
    return Answer.parse(JSON.parse(line));
  }
  throw new Error('the run of the tests ended before it gave a Ceph cluster');
}

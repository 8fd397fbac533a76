import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { confFileOf } from './ceph-config.ts';
import { CephDaemon } from './ceph-daemon.ts';
import { type CephTools, runTool } from './ceph-tools.ts';

const Place = z.object({ pgid: z.string(), acting: z.array(z.int()), acting_primary: z.int() });
/** A line of `ceph-objectstore-tool --op list`: placement group, and the name with all its parts, which must stay. */
const StoredId = z.tuple([z.string(), z.looseObject({ oid: z.string(), namespace: z.string() })]);

/** An object in a pool. */
export interface CephObject {
  readonly pool: string;
  readonly namespace?: string;
  readonly key: string;
}

/** Where an object lies. */
export interface CephPlace {
  /** Its placement group. */
  readonly pgid: string;
  /** OSDs that hold it, the one that answers first. */
  readonly osds: readonly number[];
}

/** Asks the monitor where an object lies, or would lie. */
export async function placeOf(
  tools: CephTools,
  { pool, key, namespace = '' }: CephObject,
): Promise<CephPlace> {
  const place = Place.parse(await tools.admin(['osd', 'map', pool, key, namespace]));
  const primary = place.acting_primary;
  return { pgid: place.pgid, osds: [primary, ...place.acting.filter((osd) => osd !== primary)] };
}

/** Which copies are damaged: that of the OSD which answers reads, or every one. */
export type DamagedCopies = 'first' | 'all';

/** What is put in the place of an object. */
export interface Damage {
  readonly object: CephObject;
  readonly bytes: Uint8Array;
  readonly copies: DamagedCopies;
}

/**
 * Puts other bytes in the place of copies of an object, behind the back of Ceph: their OSDs are killed, the stores
 * changed and the OSDs started again. A store keeps its own checksums right, so that only a comparison with the digest
 * of the whole object, or with another copy, can see it.
 *
 * @param folder - of the cluster, which must be ours
 */
export async function damageCopies(
  folder: string,
  tools: CephTools,
  { object, bytes, copies }: Damage,
): Promise<void> {
  const { pgid, osds } = await placeOf(tools, object);
  const targets = osds.slice(0, copies === 'first' ? 1 : osds.length);
  const daemons = targets.map((osd) => new CephDaemon(folder, 'osd', String(osd)));
  const file = join(folder, 'damage');
  await writeFile(file, bytes);
  try {
    for (const daemon of daemons) await daemon.kill();
    for (const osd of targets) {
      const id = await idInStore(folder, osd, { pgid, object });
      await storeTool(folder, osd, ['--pgid', pgid, id, 'set-bytes', file]);
    }
  } finally {
    for (const daemon of daemons) if (daemon.pid === undefined) await daemon.start();
  }
}

/** The object as the store of one OSD names it. */
async function idInStore(
  folder: string,
  osd: number,
  { pgid, object }: { pgid: string; object: CephObject },
): Promise<string> {
  const listed = await storeTool(folder, osd, ['--pgid', pgid, '--op', 'list', object.key]);
  const lines = listed.split('\n').filter((line) => line !== '');
  const ids = lines.map((line) => StoredId.parse(JSON.parse(line))[1]);
  const id = ids.find(({ oid, namespace }) => oid === object.key && namespace === (object.namespace ?? ''));
  if (id === undefined) throw new Error(`osd.${osd} has no ${object.key} in ${pgid}: ${listed}`);
  return JSON.stringify(id);
}

async function storeTool(folder: string, osd: number, args: readonly string[]): Promise<string> {
  const all = ['--no-mon-config', '--data-path', join(folder, `osd${osd}`), ...args];
  return (await runTool('ceph-objectstore-tool', all, { env: { CEPH_CONF: confFileOf(folder) } })).toString();
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { OSD_COUNT } from './ceph-config.ts';
import type { CephTools } from './ceph-tools.ts';

const POLL_MS = 250;
const LIMIT_MS = 90_000;
const TAIL_LINES = 6;
const CLEAN = 'active+clean';

const OsdStat = z.object({ num_up_osds: z.int(), num_in_osds: z.int() });
const PoolList = z.array(z.object({ pool_name: z.string(), pg_num: z.int() }));
const PgStat = z.object({
  pg_summary: z.object({
    num_pgs: z.int(),
    num_pg_by_state: z.array(z.object({ name: z.string(), num: z.int() })),
  }),
});
const LostPgs = z.object({ pg_stats: z.array(z.object({ pgid: z.string() })).default([]) }); // left out when there are none
const Health = z.object({
  checks: z.record(z.string(), z.object({ summary: z.object({ count: z.int() }) })),
});
const PoolPgs = z.object({
  pg_stats: z.array(z.object({ state: z.string(), last_deep_scrub_stamp: z.string() })),
});

/**
 * Waits until a fact about a cluster holds.
 *
 * @param probe - gives undefined when it holds, else what is there instead
 * @throws Error after 90 s, with what was last there
 */
async function untilFact(what: string, probe: () => Promise<string | undefined>): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const found = await probe();
    if (found === undefined) return;
    if (performance.now() > end) throw new Error(`not within ${LIMIT_MS} ms: ${what}; found ${found}`);
    await wait(POLL_MS);
  }
}

/** Waits until the monitor says that every OSD is up and in. HEALTH_OK would be too much: a full disk denies it for ever. */
export async function untilOsdsUp(tools: CephTools, count = OSD_COUNT): Promise<void> {
  await untilFact(`${count} OSDs up and in`, async () => {
    const { num_up_osds: up, num_in_osds: included } = OsdStat.parse(await tools.admin(['osd', 'stat']));
    return up === count && included === count ? undefined : `${up} up, ${included} in`;
  });
}

/** Waits until all placement groups of one pool are active and clean. */
export async function untilPoolClean(tools: CephTools, pool: string): Promise<void> {
  await untilFact(`pool ${pool} clean`, async () => {
    const states = (await groupsOf(tools, pool)).map(({ state }) => state);
    const others = states.filter((state) => state !== CLEAN);
    return states.length > 0 && others.length === 0 ? undefined : others.join(' ');
  });
}

/**
 * Waits until every placement group of the cluster is active and clean. The manager learns of a change late, so each
 * OSD is first asked to report; all have to be up.
 */
export async function untilClean(tools: CephTools): Promise<void> {
  await flushStatistics(tools);
  await untilFact('every placement group clean', async () => {
    const [stat, pools] = [
      await tools.admin(['pg', 'stat']),
      await tools.admin(['osd', 'pool', 'ls', 'detail']),
    ];
    const { num_pgs: known, num_pg_by_state: states } = PgStat.parse(stat).pg_summary;
    const there = PoolList.parse(pools).reduce((sum, pool) => sum + pool.pg_num, 0);
    const isClean = known === there && states.every(({ name }) => name.startsWith(CLEAN));
    return isClean ? undefined : `${states.map(({ name, num }) => `${num} ${name}`).join(', ')} of ${there}`;
  });
}

/** Gives up objects of which no OSD has a good copy: their placement groups would never be clean again. */
export async function giveUpUnfound(tools: CephTools): Promise<void> {
  const { pg_stats: groups } = LostPgs.parse(await tools.admin(['pg', 'ls', 'recovery_unfound']));
  for (const { pgid } of groups) await tools.adminText(['pg', pgid, 'mark_unfound_lost', 'delete']);
}

/** Waits until `count` OSDs say that they are full. */
export async function untilFull(tools: CephTools, count: number): Promise<void> {
  await untilFact(`${count} full OSDs`, async () => {
    const { checks } = Health.parse(await tools.admin(['health', 'detail']));
    const full = checks['OSD_FULL']?.summary.count ?? 0;
    return full === count ? undefined : `${full} full`;
  });
}

/** Asks each OSD to report now, and waits until the monitor has what it reported. */
async function flushStatistics(tools: CephTools): Promise<void> {
  for (let osd = 0; osd < OSD_COUNT; osd++) {
    const wanted = await reportNumber(tools, ['tell', `osd.${osd}`, 'flush_pg_stats']);
    await untilFact(`statistics of osd.${osd}`, async () => {
      const found = await reportNumber(tools, ['osd', 'last-stat-seq', String(osd)]);
      return found >= wanted ? undefined : `report ${found}, wanted ${wanted}`;
    });
  }
}

/** Numbers of reports have 64 bits, and these two commands answer with a bare number. */
async function reportNumber(tools: CephTools, args: readonly string[]): Promise<bigint> {
  return BigInt(await tools.adminText(args));
}

/** Has every placement group of a pool compare its copies byte by byte, and waits for the end. */
export async function deepScrub(tools: CephTools, pool: string): Promise<void> {
  const stamps = async () => (await groupsOf(tools, pool)).map((group) => group.last_deep_scrub_stamp);
  const before = await stamps();
  await tools.adminText(['osd', 'pool', 'deep-scrub', pool]);
  await untilFact(`deep scrub of ${pool}`, async () => {
    const left = (await stamps()).filter((stamp, n) => stamp === before[n]).length;
    return left === 0 ? undefined : `${left} placement groups left`;
  });
}

async function groupsOf(tools: CephTools, pool: string): Promise<z.infer<typeof PoolPgs>['pg_stats']> {
  return PoolPgs.parse(await tools.admin(['pg', 'ls-by-pool', pool])).pg_stats;
}

/** The last lines of each log in the folder of a cluster, for the message of a failure. */
export function tailOfLogs(folder: string): string {
  const run = join(folder, 'run');
  const logs = readdirSync(run).filter((name) => name.endsWith('.log'));
  const tail = (name: string): string => {
    const lines = readFileSync(join(run, name), 'utf8').trimEnd().split('\n').slice(-TAIL_LINES);
    return `--- ${name}\n${lines.join('\n')}`;
  };
  return logs.map(tail).join('\n');
}

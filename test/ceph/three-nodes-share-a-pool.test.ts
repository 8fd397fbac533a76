import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import type { CephPool } from '../support/ceph-pool.ts';
import { cephArgs } from '../support/ceph-node.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { type NodeProcess, startNode } from '../support/node-process.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { SharedLoad } from '../support/shared-load.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const NAMESPACE = 'three';
const NAMES = ['one', 'two', 'three'] as const;
const WORKERS = 4;
/** Calls that a node answers between two misfortunes. */
const CALLS = process.env['PROVENDER_TEST_LONG'] === '1' ? 2000 : 120;
const LIMIT_MS = 120_000;

/** Nodes of one storer: each has its own data directory with the same key. */
async function startNodes(scratch: Scratch, args: readonly string[]): Promise<NodeProcess[]> {
  const first = await startNode({ dataDir: scratch.at('one'), args });
  const others = NAMES.slice(1).map(async (name) => {
    await mkdir(scratch.at(name, 'keys'), { recursive: true });
    await cp(scratch.at('one', 'keys', 'node.key'), scratch.at(name, 'keys', 'node.key'));
    return startNode({ dataDir: scratch.at(name), args });
  });
  return [first, ...(await Promise.all(others))];
}

async function openClient({ address }: NodeProcess): Promise<ProvenderClient> {
  return ProvenderClient.open({ address, timeoutMs: LIMIT_MS, idleMs: LIMIT_MS });
}

function countOf(node: NodeProcess, event: string): number {
  return node.log.filter((line) => line['event'] === event).length;
}

/** Ids of all that a node lists, in hex, sorted. */
async function listedBy(client: ProvenderClient): Promise<string[]> {
  const ids: string[] = [];
  for (const kind of Object.values(OBJECT_KIND))
    for await (const page of client.listPages({ kind })) ids.push(...page.map(({ id }) => objectIdHex(id)));
  return ids.toSorted();
}

/** Compares the pool, as Ceph's own tool lists it, with what is held. */
async function checkPool({ name, user }: CephPool, held: readonly string[]): Promise<void> {
  const cluster = await ceph.cluster();
  const listed = await cluster.rados(['-p', name, '-N', NAMESPACE, 'ls']);
  const names = listed.toString().trim().split('\n');
  const chunks = names.filter((one) => one.startsWith('c/')).map((one) => one.slice(2));
  for (const id of chunks) assert.ok(held.includes(id), `c/${id} is held`);
  const others = names.filter(
    (one) => !/^(?:c\/[0-9a-f]{64}|k\/[0-9a-f]{2}|x\/[0-9a-f]{4}|format|sessions)$/.test(one),
  );
  assert.deepEqual(others, []);
  await using connection = await RadosCluster.connect({ configFile: cluster.confFile, user });
  assert.deepEqual(await radosLeftovers({ connection, pool: name, namespace: NAMESPACE }), []);
}

test(
  'three nodes share a pool under load, one is killed and one paused: no update is lost, nothing is left over',
  WITH_CEPH,
  async (t) => {
    const seed = process.env['PROVENDER_TEST_SEED'] ?? randomBytes(4).toString('hex');
    t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
    await using scratch = await openScratch();
    const pool = await ceph.pool();
    const args = [...(await cephArgs(ceph, { namespace: NAMESPACE })), '--dead-after', '3s'];
    const nodes = await startNodes(scratch, args);
    const [one, two, three] = nodes;
    assert.ok(one && two && three);
    try {
      const load = new SharedLoad(seed);
      const running = nodes.map(async (node, i) => {
        await using client = await openClient(node);
        const hasEnded = (): boolean => node.child.signalCode !== null;
        await load.run({ name: NAMES[i] ?? '', client }, WORKERS, hasEnded);
      });
      // a failure of the load ends the test at once, and a failure here ends the load
      const all = Promise.all(running).finally(() => load.stop());
      all.catch(() => undefined);
      try {
        await misfortunes({ one, two, three }, load, all);
      } finally {
        load.stop();
        await all;
      }
      const again = await startNode({ dataDir: scratch.at('two'), args });
      nodes.push(again);
      await compare([one, again, three], load, t.diagnostic.bind(t));
      await using client = await openClient(one);
      const held = await listedBy(client);
      await client.close();
      for (const node of [one, again, three]) assert.equal(await node.end('SIGTERM'), 0);
      await checkPool(pool, held);
    } finally {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    }
  },
);

/** Kills the second node, pauses the third for longer than the dead time, and lets the load go on in between. */
async function misfortunes(
  { one, two, three }: Record<'one' | 'two' | 'three', NodeProcess>,
  load: SharedLoad,
  all: Promise<unknown>,
): Promise<void> {
  const more = async (name: string): Promise<void> => {
    const goal = load.answeredBy(name) + CALLS;
    const answered = until(`${CALLS} more answers of ${name}`, () => load.answeredBy(name) >= goal, LIMIT_MS);
    await Promise.race([answered, all.then(() => assert.fail('the load has ended'))]);
  };
  for (const name of NAMES) await more(name);
  const { address } = await two.logged('session-opened');
  await two.end('SIGKILL');
  await until('the killed node is fenced', () => isFenced([one, three], address), LIMIT_MS);
  await more('one');
  const sessions = countOf(three, 'session-opened');
  const last = three.log.findLast((line) => line['event'] === 'session-opened')?.['address'];
  three.child.kill('SIGSTOP');
  try {
    await until('the paused node is fenced', () => isFenced([one], last), LIMIT_MS);
    await more('one');
  } finally {
    three.child.kill('SIGCONT');
  }
  await until('it has a new session', () => countOf(three, 'session-opened') > sessions, LIMIT_MS);
  for (const name of ['one', 'three']) await more(name);
}

function isFenced(by: readonly NodeProcess[], address: unknown): boolean {
  return by.some(({ log }) =>
    log.some((line) => line['event'] === 'session-fenced' && line['address'] === address),
  );
}

/** All nodes have the same objects, and the histories explain them. */
async function compare(
  nodes: readonly NodeProcess[],
  load: SharedLoad,
  say: (line: string) => void,
): Promise<void> {
  const found: { listed: string[]; read: string[] }[] = [];
  for (const [i, node] of nodes.entries()) {
    await using client = await openClient(node);
    found.push({
      listed: await listedBy(client),
      read: await load.readAll({ name: NAMES[i] ?? '', client }),
    });
  }
  for (const { listed, read } of found) {
    assert.deepEqual(listed, found[0]?.listed, 'all list the same');
    assert.deepEqual(read, listed, 'what is listed can be read');
  }
  load.checkHistories();
  const failures = [...load.failures].map(([code, count]) => `${code} ${count}`).join(', ');
  say(`${load.calls} calls, ${found[0]?.listed.length ?? 0} objects at the end; ${failures}`);
}

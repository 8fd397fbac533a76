import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { plantCephSupport } from '../house/ceph-in-copy.ts';
import { ScriptsCopy } from '../house/scripts-in-copy.ts';
import { CephCluster } from '../support/ceph-cluster.ts';
import { type CephCommandPlaces, cephCommand } from '../support/ceph-command.ts';
import { removeCephFolder } from '../support/ceph-folder.ts';
import { processesOf } from '../support/ceph-processes.ts';
import { WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { runTool } from '../support/ceph-tools.ts';
import { openScratch } from '../support/scratch.ts';

const Up = z.object({
  confFile: z.string(),
  pool: z.string(),
  user: z.string(),
  keyring: z.string(),
  started: z.boolean(),
});

/** The commands with a state file of their own, and all that they print. */
function places(
  stateFile: string,
): CephCommandPlaces & { readonly printed: string[]; readonly said: string[] } {
  const [printed, said]: [string[], string[]] = [[], []];
  return { stateFile, printed, said, print: (line) => printed.push(line), say: (line) => said.push(line) };
}

/** Runs a command with `--json`. */
async function answerOf(verb: string, stateFile: string): Promise<unknown> {
  const own = places(stateFile);
  assert.equal(await cephCommand([verb, '--json'], own), 0, own.said.join('\n'));
  assert.equal(own.printed.length, 1);
  return JSON.parse(own.printed[0] ?? '');
}

test(
  'up starts a cluster that stays, a second up names it, down takes it away',
  WITH_CEPH_FAULTS,
  async () => {
    await using scratch = await openScratch();
    const stateFile = scratch.at('state', 'cluster.json');
    const first = Up.parse(await answerOf('up', stateFile));
    const folder = dirname(first.confFile);
    try {
      const user = ['-c', first.confFile, '--user', first.user, '--keyring', first.keyring, '-p', first.pool];
      await runTool('rados', [...user, 'put', 'a', '-'], { input: 'bytes' });
      assert.equal((await runTool('rados', [...user, 'get', 'a', '-'])).toString(), 'bytes');
      assert.deepEqual(Up.parse(await answerOf('up', stateFile)), { ...first, started: false });
      const own = places(stateFile);
      assert.equal(await cephCommand(['up'], own), 0);
      assert.ok(
        own.printed.some((line) =>
          line.includes(
            `serve --store rados --ceph-conf ${first.confFile} --pool provender --user provender`,
          ),
        ),
      );
      await assertUsableAsGiven(first.confFile);
      assert.deepEqual(await answerOf('down', stateFile), { stopped: true });
      assert.equal(existsSync(folder), false);
      assert.deepEqual(processesOf(folder), []);
      assert.deepEqual(await answerOf('down', stateFile), { stopped: false });
    } finally {
      await removeCephFolder(folder);
    }
  },
);

test('down touches no cluster of somebody else, and a torn state file is named', async () => {
  await using scratch = await openScratch();
  const own = places(scratch.at('cluster.json'));
  await writeFile(scratch.at('ceph.conf'), '');
  assert.equal(await cephCommand(['down', scratch.at('ceph.conf')], own), 1);
  assert.ok(existsSync(scratch.path));
  await writeFile(own.stateFile, '{"conf');
  await assert.rejects(cephCommand(['down'], own), /cluster\.json cannot be read, remove it/);
  assert.equal(await cephCommand(['sideways'], own), 2);
});

test('npm run knows the commands', WITH_CEPH_FAULTS, async () => {
  await using copy = await ScriptsCopy.create();
  await plantCephSupport(copy);
  const down = await copy.run('npm', ['run', '-s', 'ceph:down', '--', '--json']);
  assert.match(down.output, /^\{"stopped":false\}$/m);
  assert.equal((await copy.run('npm', ['run', '-s', 'ceph:up', '--', 'sideways'])).code, 2);
});

/** Expects that tests can use a cluster that somebody gives them, and cannot hurt it. */
async function assertUsableAsGiven(confFile: string): Promise<void> {
  await using given = await CephCluster.connectTo(confFile);
  assert.throws(() => given.osd(0), /are left alone/);
  await using pool = await given.createPool();
  const as = ['-c', given.confFile, '--user', pool.user, '-p', pool.name];
  assert.equal((await runTool('rados', [...as, 'ls'])).toString(), '');
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniqueCephName } from '../support/ceph-pool.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { openScratch } from '../support/scratch.ts';

const ceph = useCeph();

/** Gives the names of a page their values of this test; each has to be there. */
function withNames(commands: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((text, [name, value]) => {
    assert.ok(text.includes(name), `the commands name ${name}`);
    return text.replaceAll(name, value);
  }, commands);
}

test('operations.md: pool and user are made, found good, and served', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  await using scratch = await openScratch();
  const name = uniqueCephName();
  const make = withNames(await blockBelow('docs/operations.md', '### Make a pool and a user'), {
    'POOL=provender': `POOL=${name}`,
    'CEPH_USER=client.provender': `CEPH_USER=client.${name}`,
    '/etc/ceph/ceph.client.provender.keyring': scratch.at('keyring'),
  });
  const run = await blockBelow('docs/operations.md', '### Check and serve');
  try {
    const env = { CEPH_CONF: all.confFile, PROVENDER_CEPH_CONF: all.confFile };
    const { code, stdout, stderr } = await runAsPasted(`${make}\n${run}`, { folder: scratch.path, env });
    const shown = `${stdout.toString()}${stderr}`;
    assert.equal(code, 0, shown);
    assert.match(shown, /^good +quota and limit: quota 1 TiB/m);
    assert.match(shown, /^good +copies: size 3, min_size 2$/m);
    assert.match(shown, /^good +right to fence/m);
  } finally {
    await all.admin(['osd', 'pool', 'rm', name, name, '--yes-i-really-really-mean-it']);
    await all.admin(['auth', 'rm', `client.${name}`]);
  }
});

test('README: the same node on a pool', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  const { name, user } = await ceph.pool();
  await using scratch = await openScratch();
  const commands = withNames(await blockBelow('README.md', '## On Ceph'), {
    '/etc/ceph/ceph.conf': all.confFile,
    '--pool provender': `--pool ${name}`,
    '--user provender': `--user ${user}`,
  });
  const { code, stdout, stderr } = await runAsPasted(commands, { folder: scratch.path });
  assert.equal(code, 0, `${stdout.toString()}${stderr}`);
});

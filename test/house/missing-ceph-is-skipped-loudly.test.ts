import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { plantCephSupport } from './ceph-in-copy.ts';
import { type CephAsker, cephLack, isCephRequired } from '../support/ceph-presence.ts';
import { WITH_CEPH } from '../support/ceph-test.ts';
import { type Finished, ScriptsCopy } from './scripts-in-copy.ts';

const NEEDS_CEPH = `
import { test } from 'node:test';
import { useCeph, WITH_CEPH, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
const ceph = useCeph();
test('stores', WITH_CEPH, async () => { await ceph.pool(); });
test('suffers', WITH_CEPH_FAULTS, async () => { await ceph.pool(); });
test('needs nothing', () => undefined);
`;

/** Runs tests on Ceph in a copy as somebody who is not root. */
async function runAsUser(env: NodeJS.ProcessEnv, path?: 'nothing installed'): Promise<Finished> {
  await using copy = await ScriptsCopy.create();
  await plantCephSupport(copy);
  await copy.plant('test/ceph/a.test.ts', NEEDS_CEPH);
  await copy.plant('bin/README', 'a machine with a shell and Node only');
  await symlink('/bin/sh', join(copy.folder, 'bin/sh'));
  const own = {
    PROVENDER_CEPH_CONF: '',
    PROVENDER_REQUIRE_CEPH: '',
    NODE_OPTIONS: '--import=data:text/javascript,process.getuid=()=>1000',
    ...(path === undefined ? {} : { PATH: join(copy.folder, 'bin') }),
  };
  return await copy.run(process.execPath, ['scripts/test.mjs'], { ...own, ...env });
}

/** The last line that a command wrote. */
function lastLine({ output }: Finished): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

test('what is missing is named: packages, then root', () => {
  const asker: CephAsker = { env: { PATH: '/nowhere' }, uid: 1000 };
  assert.match(cephLack(asker) ?? '', /^no ceph-mon, ceph-mgr, ceph-osd, ceph-common.*; not root$/);
  assert.match(cephLack({ ...asker, uid: 0 }) ?? '', /^no ceph-mon, [^;]*$/);
  const given = { ...asker, env: { ...asker.env, PROVENDER_CEPH_CONF: '/some/ceph.conf' } };
  assert.match(
    cephLack(given) ?? '',
    /^no ceph-common[^;]*$/,
    'a given cluster needs neither daemons nor root',
  );
});

test('CI requires Ceph, and so does PROVENDER_REQUIRE_CEPH', () => {
  assert.equal(isCephRequired({}), false);
  assert.equal(isCephRequired({ CI: 'true' }), true);
  assert.equal(isCephRequired({ PROVENDER_REQUIRE_CEPH: '1' }), true);
  assert.equal(isCephRequired({ CI: 'false', PROVENDER_REQUIRE_CEPH: '0' }), false);
});

test('without Ceph its tests are skipped with the reason, and the last line says how many and the cure', async () => {
  const finished = await runAsUser({}, 'nothing installed');
  assert.equal(finished.code, 0, finished.output);
  assert.match(finished.output, /SKIPPED .*a\.test\.ts "stores": Ceph: no ceph-mon, .*; not root/);
  assert.match(finished.output, /ceph: 1 files, 1 passed, 0 failed, 2 skipped/);
  assert.match(
    lastLine(finished),
    /NOT EVERYTHING WAS TESTED: 2 tests skipped for want of Ceph \(no ceph-mon, /,
  );
  assert.match(
    lastLine(finished),
    /apt-get install -y --no-install-recommends ceph-mon ceph-mgr ceph-osd ceph-common librados-dev/,
  );
});

test('where Ceph is required its absence ends the run, naming what is missing', async () => {
  for (const [env, who] of [
    [{ PROVENDER_REQUIRE_CEPH: '1' }, 'PROVENDER_REQUIRE_CEPH'],
    [{ CI: 'true' }, 'CI'],
  ] as const) {
    const finished = await runAsUser(env, 'nothing installed');
    assert.equal(finished.code, 1, finished.output);
    assert.match(lastLine(finished), new RegExp(`${who} needs .*ceph-mon, ceph-mgr, ceph-osd, ceph-common`));
  }
});

test('packages without root are a skip, and a failure where Ceph is required', WITH_CEPH, async () => {
  const skipped = await runAsUser({});
  assert.equal(skipped.code, 0, skipped.output);
  assert.match(lastLine(skipped), /2 tests skipped for want of Ceph \(not root\)/);
  const failed = await runAsUser({ PROVENDER_REQUIRE_CEPH: '1' });
  assert.equal(failed.code, 1, failed.output);
  assert.match(failed.output, /no Ceph cluster: not root/);
  assert.match(failed.output, /ceph: 1 files, 1 passed, 2 failed, 0 skipped/);
});

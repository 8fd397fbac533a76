import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, fail, run, say } from './setup/command.mjs';

/** The commit to compare the protocol with: what branched off main, or the commit before when this is main itself. */
function previousCommit() {
  const git = (...args) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  const head = git('rev-parse', 'HEAD').stdout.trim();
  const base = git('merge-base', 'HEAD', 'main').stdout.trim();
  const commit = base === '' || base === head ? 'HEAD~1' : base;
  return git('cat-file', '-e', `${commit}:proto/provender`).status === 0 ? commit : undefined;
}

const commit = previousCommit();
if (commit === undefined) {
  say('no earlier version of proto/ to compare with');
} else {
  const against = `.git#ref=${commit}`;
  if (!run(join(ROOT, 'node_modules/.bin/buf'), ['breaking', '--against', against])) {
    fail(`proto/ breaks callers of ${commit}: add a new field, call or package instead`);
  }
}

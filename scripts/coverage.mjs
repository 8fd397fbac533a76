import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, run } from './setup/command.mjs';

/** The pure rooms: what they compute can be tested whole, so they have a goal and the others have none. */
const ROOMS = ['src/content', 'src/proof', 'src/vrf'];
const TESTS = ['test/content', 'test/proof', 'test/vrf', 'test/property', 'test/vectors'].filter(hasTests);
const GOAL_PERCENT = 90;

/** The runner refuses a word that matches nothing, and a folder may hold data only. */
function hasTests(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true }).some((name) => name.endsWith('.test.ts'));
}

const c8 = join(ROOT, 'node_modules/.bin/c8');
const args = [
  ...ROOMS.map((room) => `--include=${room}/**`),
  '--all',
  '--check-coverage',
  `--lines=${GOAL_PERCENT}`,
  `--branches=${GOAL_PERCENT}`,
  '--functions=0',
  '--statements=0',
  '--reporter=text',
  '--reporter=html',
  process.execPath,
  'scripts/test.mjs',
  ...TESTS,
];
// a few cases reach the same lines as all of them
const isReached = run(c8, args, { PROVENDER_TEST_FEW: '1' });
if (!isReached)
  fail(`lines and branches of ${ROOMS.join(' and ')} are below ${GOAL_PERCENT} %, or a test failed`);

import { join } from 'node:path';
import { ROOT, say } from './setup/command.mjs';
import { setUp } from './setup.mjs';
import { runTests } from './run-tests.mjs';

const missing = setUp(['test', 'ceph']);
const tools = missing.filter((entry) => entry.group === 'test').map((entry) => entry.command);
if (tools.length > 0) say(`missing: ${tools.join(', ')}; the tests that need them are skipped`);
const passed = await runTests(process.argv.slice(2), {
  PROVENDER_MISSING_TOOLS: tools.join(','),
  // what users run, and it starts in a third of the time that its sources take
  PROVENDER_TEST_PROGRAM: join(ROOT, 'dist/cli/main.js'),
});
process.exitCode = passed ? 0 : 1;

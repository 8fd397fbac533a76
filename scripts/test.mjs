import { say } from './setup/command.mjs';
import { setUp } from './setup.mjs';
import { runTests } from './run-tests.mjs';

const missing = setUp(['test', 'ceph']);
const tools = missing.filter((entry) => entry.group === 'test').map((entry) => entry.command);
if (tools.length > 0) say(`missing: ${tools.join(', ')}; the tests that need them are skipped`);
const passed = await runTests(process.argv.slice(2), { PROVENDER_MISSING_TOOLS: tools.join(',') });
process.exitCode = passed ? 0 : 1;

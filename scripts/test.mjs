import { ensureSystemPackages } from './setup/system-packages.mjs';
import { say } from './setup/command.mjs';
import { setUp } from './setup.mjs';
import { runTests } from './run-tests.mjs';

setUp();
const missing = ensureSystemPackages(['test']).map((entry) => entry.command);
const passed = await runTests(process.argv.slice(2), { PROVENDER_MISSING_TOOLS: missing.join(',') });
if (missing.length > 0)
  say(`NOT EVERYTHING WAS TESTED: ${missing.join(', ')} missing, see the skipped tests above`);
process.exitCode = passed ? 0 : 1;

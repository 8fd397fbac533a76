import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, fail } from './setup/command.mjs';
import { buildSanitized } from './build-native.mjs';
import { runTests } from './run-tests.mjs';

/** Where the compiler keeps libasan; it has to be loaded before Node, which is not instrumented itself. */
function asanLibrary() {
  const found = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.trim();
  if (!found?.startsWith('/')) fail('g++ has no libasan: install the Debian package g++');
  return found;
}

const core = join(ROOT, buildSanitized());
const passed = await runTests(['native', ...process.argv.slice(2)], {
  LD_PRELOAD: asanLibrary(),
  // V8 and workers keep memory until the process ends, so leaks mean nothing here
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1',
  PROVENDER_CORE: core,
});
process.exitCode = passed ? 0 : 1;

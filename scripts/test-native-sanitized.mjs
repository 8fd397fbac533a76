import { spawnSync } from 'node:child_process';
import { fail } from './setup/command.mjs';
import { buildShadow } from './build-native.mjs';
import { runTests } from './run-tests.mjs';

const SANITIZERS = {
  asan: {
    library: 'libasan.so',
    tests: ['native'],
    // V8 and workers keep memory until the process ends, so leaks mean nothing here
    options: { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1' },
  },
  tsan: {
    library: 'libtsan.so',
    tests: ['native/completion-hub'],
    // Node and V8 are not instrumented: what happens inside them is left out, so that nothing has to be suppressed
    options: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1' },
  },
};

/** Where the compiler keeps the sanitizer's library; it has to be loaded before Node, which is not instrumented itself. */
function preload(library) {
  const found = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout?.trim();
  if (!found?.startsWith('/')) fail(`g++ has no ${library}: install the Debian package g++`);
  return { LD_PRELOAD: found };
}

const [name, ...words] = process.argv.slice(2);
const sanitizer = SANITIZERS[name];
if (sanitizer === undefined) fail(`say which one: ${Object.keys(SANITIZERS).join(', ')}`);
const passed = await runTests(words.length > 0 ? words : sanitizer.tests, {
  ...preload(sanitizer.library),
  ...sanitizer.options,
  ...buildShadow(name),
});
process.exitCode = passed ? 0 : 1;

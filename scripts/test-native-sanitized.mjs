import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fail } from './setup/command.mjs';
import { buildShadow } from './build-native.mjs';
import { runTests } from './run-tests.mjs';

const SANITIZERS = {
  asan: {
    library: 'libasan.so',
    symbol: '__asan_init',
    tests: ['native'],
    // V8 and workers keep memory until the process ends, so leaks mean nothing here
    options: { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1' },
  },
  tsan: {
    library: 'libtsan.so',
    symbol: '__tsan_init',
    tests: ['native/completion-hub'],
    // Node and V8 are not instrumented: what happens inside them is left out, so that nothing has to be suppressed. It is
    // run by `setarch -R`: with random addresses, one start in three ends with "failed to allocate" inside of libtsan
    options: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1' },
  },
};

/** Where the compiler keeps the sanitizer's library; it has to be loaded before Node, which is not instrumented itself. */
function preload(library) {
  const found = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout?.trim();
  if (!found?.startsWith('/')) fail(`g++ has no ${library}: install the Debian package g++`);
  return { LD_PRELOAD: found };
}

/** A build without the sanitizer's code passes every test and shows nothing. */
function checkInstrumented(addon, symbol) {
  if (!readFileSync(addon).includes(symbol))
    fail(`${addon} was built without the sanitizer: it lacks ${symbol}`);
}

const [name, ...words] = process.argv.slice(2);
const sanitizer = SANITIZERS[name];
if (sanitizer === undefined) fail(`say which one: ${Object.keys(SANITIZERS).join(', ')}`);
const builds = buildShadow(name);
for (const addon of Object.values(builds)) checkInstrumented(addon, sanitizer.symbol);
const passed = await runTests(words.length > 0 ? words : sanitizer.tests, {
  ...preload(sanitizer.library),
  ...sanitizer.options,
  ...builds,
});
process.exitCode = passed ? 0 : 1;

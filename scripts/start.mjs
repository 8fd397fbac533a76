import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup/command.mjs';
import { setUp } from './setup.mjs';

const SAME_SIGNAL_MS = 300;

/**
 * Lets the repetition of a signal within a moment pass unseen. Ctrl-C reaches this process twice when npm runs it, from
 * the terminal and from npm itself, and a second signal means "do not wait any longer" to the node.
 */
function joinRepeatedSignals() {
  const emit = process.emit;
  let lastAt = -Infinity;
  process.emit = (event, ...args) => {
    if (event === 'SIGINT' || event === 'SIGTERM') {
      const isRepetition = performance.now() - lastAt < SAME_SIGNAL_MS;
      lastAt = performance.now();
      if (isRepetition) return true;
    }
    return emit.call(process, event, ...args);
  };
}

setUp();
joinRepeatedSignals();
// In this very process, not in a child: signals and the exit code need no forwarding, and kill -9 leaves no orphan.
const entry = join(ROOT, 'dist/cli/main.js');
process.argv = [process.execPath, entry, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(entry).href);

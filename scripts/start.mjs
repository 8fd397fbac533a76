import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup/command.mjs';
import { setUp } from './setup.mjs';

setUp();
// In this very process, not in a child: signals and the exit code need no forwarding, and kill -9 leaves no orphan.
const entry = join(ROOT, 'dist/cli/main.js');
process.argv = [process.execPath, entry, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(entry).href);

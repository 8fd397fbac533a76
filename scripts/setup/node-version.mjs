import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail } from './command.mjs';

/** Ends with a clear line when this Node is older than `engines` in package.json promises to work with. */
export function checkNodeVersion() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const floor = /(\d+)\.(\d+)/.exec(engines.node).slice(1).map(Number);
  const found = process.versions.node.split('.').map(Number);
  if (found[0] > floor[0] || (found[0] === floor[0] && found[1] >= floor[1])) return;
  fail(`Node ${process.versions.node} is too old, ${engines.node} is needed: install the active LTS line`);
}

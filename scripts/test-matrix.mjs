import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { run, say } from './setup/command.mjs';

/** Lines above the floor that the npm package `node` brings as a binary. */
const VERSIONS = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24'];

/**
 * Runs all tests under one Node.
 *
 * @returns true when they passed, undefined when this Node cannot be had here
 */
function testWith(version) {
  const folder = mkdtempSync(join(tmpdir(), 'provender-node-'));
  try {
    // this one needs its install script: it puts the binary in place
    if (!run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`]))
      return undefined;
    const binary = join(folder, 'node_modules/node/bin/node');
    const path = [dirname(binary), process.env.PATH].join(delimiter);
    return run(binary, ['scripts/test.mjs'], { PATH: path });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = VERSIONS.map((version) => [version, testWith(version)]);
for (const [version, passed] of results) {
  say(`Node ${version}: ${passed === undefined ? 'not to be had here' : passed ? 'passed' : 'FAILED'}`);
}
process.exitCode = results.some(([, passed]) => passed === false) ? 1 : 0;

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openScratch } from '../../support/scratch.ts';

/** Runs a function of the sources in a folder beside which there is no package but those that are given. */
async function runElsewhere(file: string, call: string, packages: readonly string[]): Promise<string> {
  await using scratch = await openScratch();
  await mkdir(scratch.at('src', 'cli', 'devnet'), { recursive: true });
  for (const folder of ['content', 'cli/devnet/evm'])
    await cp(new URL(`../../../src/${folder}`, import.meta.url), scratch.at('src', folder), {
      recursive: true,
    });
  const modules = new URL('../../../node_modules/', import.meta.url);
  await mkdir(scratch.at('node_modules'));
  await symlink(fileURLToPath(new URL('zod', modules)), scratch.at('node_modules', 'zod'));
  // Copied, not linked: packages are looked up from where a file really is.
  for (const name of packages)
    await cp(new URL(name, modules), scratch.at('node_modules', name), { recursive: true });
  const program = `import { ${call} } from './src/cli/devnet/evm/${file}';
try { await ${call}(); } catch (error) { console.log(error.code + ' ' + error.message); }`;
  await writeFile(scratch.at('package.json'), '{"type":"module"}');
  await writeFile(scratch.at('main.ts'), program);
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, scratch.at('main.ts')]);
  return stdout.trim();
}

test('a chain without its package says which one to install', async () => {
  const said = await runElsewhere('anvil-binary.ts', 'findAnvil', []);
  assert.match(
    said,
    /^PROVENDER_CONFIG a local chain needs the npm package @foundry-rs\/anvil, .* npm install/,
  );
});

test('contracts without their packages say which one is missing', async () => {
  const platform = 'singularitynet-platform-contracts';
  const none = await runElsewhere('contract-code.ts', 'readContractCode', []);
  assert.match(none, new RegExp(`^PROVENDER_CONFIG the contracts need the npm package ${platform}`));
  const one = await runElsewhere('contract-code.ts', 'readContractCode', [platform]);
  assert.match(one, /^PROVENDER_CONFIG the contracts need the npm package singularitynet-token-contracts/);
});

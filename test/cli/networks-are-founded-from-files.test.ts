import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseGenesis } from '../../src/placement/registry/genesis.ts';
import { decodeRegisterNode } from '../../src/placement/registry/register-node.ts';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { jsonOf, runCli } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

async function register(name: string, folder: { at(...names: string[]): string }, args: string[] = []) {
  const place = ['--data-dir', folder.at(name), '-o', folder.at(`${name}.reg`)];
  const facts = ['--name', 'mynet', '--address', '127.0.0.1:7411', '--capacity', '64GiB'];
  return await runCli(['--json', 'network', 'register', ...facts, ...place, ...args]);
}

test('registrations of data directories become a genesis file that says what was asked for', async () => {
  await using scratch = await openScratch();
  const first = await register('n1', scratch);
  assert.equal(first.code, 0, first.stderr);
  const operator = 'ab'.repeat(32);
  const second = await register('n2', scratch, ['--region', '7', '--operator', operator]);
  const { storer } = jsonOf(second);
  const shown = await runCli(['--json', 'keys', 'show', '--data-dir', scratch.at('n2')]);
  assert.equal(jsonOf(shown).node.publicKey, storer);
  const { region, capacityGiB, operatorId } = decodeRegisterNode(await readFile(scratch.at('n2.reg')));
  assert.deepEqual([region, capacityGiB, Buffer.from(operatorId).toString('hex')], [7, 64, operator]);

  const files = [scratch.at('n1.reg'), scratch.at('n2.reg')];
  const parameters = ['--tau', '2=9000', '--tau', '3=12000', '--round-interval', '250ms', '--no-region-cap'];
  const choice = ['--primary', '2', '--epoch-length', '10', '--claim-time', '3s', '--rate', '1MB'];
  const out = ['-o', scratch.at('genesis.json')];
  const made = await runCli([
    '--json',
    'network',
    'init',
    '--name',
    'mynet',
    ...files,
    ...choice,
    ...parameters,
    ...out,
  ]);
  assert.equal(made.code, 0, made.stderr);
  const genesis = parseGenesis(await readFile(scratch.at('genesis.json'), 'utf8'));
  assert.deepEqual(
    genesis.primaries.map(({ storerKey }) => Buffer.from(storerKey).toString('hex')),
    [storer],
  );
  const { tauNumerators, ...rest } = genesis.parameters;
  assert.deepEqual([tauNumerators[2], tauNumerators[3], tauNumerators[8]], [9000, 12_000, 32_500]);
  assert.deepEqual(
    [rest.roundIntervalMs, rest.epochLength, rest.claimMs, rest.bytesPerSecond, rest.regionCap],
    [250, 10, 3000, 1e6, false],
  );

  const told = await runCli(['--json', 'network', 'show', scratch.at('genesis.json')]);
  const facts = jsonOf(told);
  assert.equal(facts.genesisHash, Buffer.from(genesis.hash).toString('hex'));
  assert.equal(facts.nodes.length, 2);
  const people = await runCli(['network', 'show', scratch.at('genesis.json')]);
  assert.match(people.stdout.toString(), new RegExp(`primary +${storer}`));

  const again = await runCli(['network', 'init', '--name', 'mynet', ...files, ...out]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /PROVENDER_EXISTS.*never replaced/);
});

test('wrong input is refused with what to do', async () => {
  await using scratch = await openScratch();
  assert.equal((await register('n1', scratch)).code, 0);
  await writeFile(scratch.at('junk.reg'), 'no registration');
  const init = (...args: string[]) =>
    runCli(['network', 'init', '--name', 'mynet', '-o', scratch.at('g.json'), ...args]);
  const [good, junk] = [scratch.at('n1.reg'), scratch.at('junk.reg')];
  const refusals = [
    [await init(junk), /is no registration.*network register/],
    [await init(scratch.at('none.reg')), /no such file/],
    [await init(good, good), /registered/],
    [await init(good, '--primary', '2'), /--primary 2: is neither a place from 1 to 1/],
    [await init(good, '--tau', 'many'), /--tau many: write N=number/],
    [await init(good, '--valuation', '0'), /whole number from 1/],
    [await init(), /missing required argument/],
    [await init(good, '--name', 'other'), /of network .* not of this one/],
    [await register('n2', scratch, ['--capacity', '3MiB']), /less than 1 GiB/],
    [await register('n2', scratch, ['--owner', 'xyz']), /--owner xyz: is not 20 bytes in hex/],
    [await register('n2', scratch, ['--address', 'here:0']), /port 0 is no place to call/],
  ] as const;
  for (const [{ code, stderr }, message] of refusals) {
    assert.notEqual(code, 0);
    assert.match(stderr, message);
  }
  const shown = await runCli(['network', 'show', junk]);
  assert.equal(shown.code, 2);
  assert.match(shown.stderr, /junk\.reg: genesis: the file is not JSON/);
});

test('the commands of operations.md found a network', async () => {
  await using scratch = await openScratch();
  const commands = await blockBelow('docs/operations.md', '## A network');
  const { code, stdout, stderr } = await runAsPasted(commands, { folder: scratch.path });
  assert.equal(code, 0, stderr);
  assert.match(stdout.toString(), /^node .* 127\.0\.0\.1:7413 {2}64 GiB {2}region 0$/m);
});

import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Devnet } from '../../src/cli/devnet/devnet.ts';
import { CLI_ARGS, jsonOf, runCli } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const FREE = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];

type Scratch = Awaited<ReturnType<typeof openScratch>>;

async function register(scratch: Scratch, name: string, network = 'devnet'): Promise<string> {
  const file = scratch.at(`${name}.reg`);
  const place = ['--data-dir', scratch.at(name), '--address', '127.0.0.1:7499', '--capacity', '64GiB'];
  const made = await runCli(['--json', 'network', 'register', '--name', network, ...place, '-o', file]);
  assert.equal(made.code, 0, made.stderr);
  return file;
}

async function doctor(scratch: Scratch, name: string, args: readonly string[]) {
  const result = await runCli(['--json', 'doctor', '--data-dir', scratch.at(name), ...FREE, ...args]);
  const lines = result.stdout.toString().trim().split('\n');
  const findings = new Map<string, { state: string; found: string; cure?: string }>(
    lines.map((line) => {
      const finding = JSON.parse(line);
      return [finding.check, finding];
    }),
  );
  return { code: result.code, findings };
}

test('a registration is handed in once, listed, and seen by doctor', async () => {
  await using scratch = await openScratch();
  await using devnet = await Devnet.open({ directory: scratch.at('net'), storers: 1, program: CLI_ARGS });
  const [primary] = devnet.nodes;
  assert.ok(primary !== undefined);
  const at = { node: primary.address };
  const network = ['--network', devnet.genesisFile];
  const file = await register(scratch, 'n2');

  const before = await doctor(scratch, 'n2', network);
  assert.equal(before.code, 0);
  assert.equal(before.findings.get(`primary ${primary.address}`)?.state, 'good');
  assert.match(before.findings.get('network')?.found ?? '', /^devnet, genesis [0-9a-f]{64}/);
  assert.equal(before.findings.get('registration')?.state, 'warning');

  const joined = await runCli(['--json', 'network', 'join', file], at);
  assert.equal(joined.code, 0, joined.stderr);
  const { storer, address, wasListed } = jsonOf(joined);
  assert.deepEqual([address, wasListed], ['127.0.0.1:7499', false]);
  const nodes = await runCli(['--quiet', 'nodes'], at);
  assert.ok(nodes.stdout.toString().split('\n').includes(storer));
  assert.equal(jsonOf(await runCli(['--json', 'network', 'join', file], at)).wasListed, true);

  const after = await doctor(scratch, 'n2', network);
  assert.equal(after.findings.get('registration')?.state, 'good');
  await register(scratch, 'n3');
  await copyFile(scratch.at('n3', 'keys', 'vrf.key'), scratch.at('n2', 'keys', 'vrf.key'));
  const swapped = await doctor(scratch, 'n2', network);
  assert.equal(swapped.code, 1);
  assert.match(swapped.findings.get('registration')?.found ?? '', /vrf\.key is .*no lottery can be won/);

  const asPrimary = await doctor(scratch, 'n3', [...network, '--primary']);
  assert.equal(asPrimary.findings.get('role')?.state, 'bad');
  await primary.process.end();
  const alone = await doctor(scratch, 'n3', network);
  assert.equal(alone.code, 1);
  assert.equal(alone.findings.get(`primary ${primary.address}`)?.state, 'bad');
});

test('what cannot join is refused with what to do', async () => {
  await using scratch = await openScratch();
  await using devnet = await Devnet.open({ directory: scratch.at('net'), storers: 1, program: CLI_ARGS });
  const [primary] = devnet.nodes;
  assert.ok(primary !== undefined);
  const at = { node: primary.address };
  const foreign = await runCli(['network', 'join', await register(scratch, 'x', 'elsewhere')], at);
  assert.equal(foreign.code, 2);
  assert.match(foreign.stderr, /is not for network devnet.*register --name devnet/);
  const junk = await runCli(['network', 'join', devnet.genesisFile], at);
  assert.match(junk.stderr, /is no registration/);
  const absent = await doctor(scratch, 'y', ['--network', scratch.at('none.json')]);
  assert.equal(absent.findings.get('network')?.state, 'bad');
  const keyless = await doctor(scratch, 'y', ['--network', devnet.genesisFile]);
  assert.match(keyless.findings.get('registration')?.cure ?? '', /network register/);
});

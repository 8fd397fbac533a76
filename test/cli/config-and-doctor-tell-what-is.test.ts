import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { jsonOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

test('config prints each value with its origin, and what it prints is a settings file', async () => {
  await using scratch = await openScratch();
  await writeFile(scratch.at('a.yaml'), 'maxCalls: 7\n');
  const printed = await runCli(
    ['config', '--limit', '10GiB', '--grace', '1.5s', '--config', scratch.at('a.yaml')],
    {
      env: { PROVENDER_STORE: 'files', PROVENDER_LISTEN: '[::1]:1' },
    },
  );
  assert.equal(printed.code, 0, printed.stderr);
  const text = printed.stdout.toString();
  assert.match(text, /^limit: 10737418240 {2}# --limit$/m);
  assert.match(text, /^store: files {2}# PROVENDER_STORE$/m);
  assert.match(text, /^maxCalls: 7 {2}# .*a\.yaml$/m);
  assert.match(text, /^logLevel: info {2}# default$/m);
  await writeFile(scratch.at('b.yaml'), text);
  const [first, second] = [
    jsonOf(await runCli(['--json', 'config', '--config', scratch.at('b.yaml')])),
    jsonOf(await runCli(['--json', 'config'], { env: { PROVENDER_CONFIG: scratch.at('b.yaml') } })),
  ];
  assert.deepEqual(first, second);
  assert.deepEqual(
    [
      first.settings.limit,
      first.settings.store,
      first.settings.grace,
      first.settings.listen,
      first.settings.maxCalls,
    ],
    [10_737_418_240, 'files', '1500ms', '[::1]:1', 7],
  );
});

test('a mistyped variable is a remark, a mistyped flag is refused with the nearest one', async () => {
  const remark = await runCli(['config'], { env: { PROVENDER_LIMITS: '1GiB' } });
  assert.deepEqual(
    [remark.code, remark.stderr],
    [0, '# environment variable PROVENDER_LIMITS is not used, did you mean PROVENDER_LIMIT?\n'],
  );
  const refused = await runCli(['config', '--limits', '1GiB']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /Did you mean --limit\?/);
});

test('doctor is content before the first start, with a running node, and tells what to mend', async () => {
  await using scratch = await openScratch();
  const data = ['--data-dir', scratch.at('data')];
  const before = await runCli(['doctor', ...data, '--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0']);
  assert.equal(before.code, 0, before.stdout.toString());
  assert.match(before.stdout.toString(), /holds no data yet/);

  const node = await startNode({ dataDir: scratch.at('data') });
  const ports = ['--listen', node.address, '--http-listen', node.httpAddress];
  const running = await runCli(['--json', 'doctor', ...data, ...ports]);
  const findings = running.stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(running.code, 0, running.stdout.toString());
  assert.ok(findings.every(({ state }) => state !== 'bad'));
  assert.equal(findings.find(({ check }) => check === 'running node')?.found, 'ready');
  assert.match(
    findings.find(({ check }) => check === 'data directory')?.found,
    new RegExp(`in use by pid ${node.child.pid}`),
  );

  // the same ports, seen from another directory, are somebody else's
  const other = await runCli(['doctor', '--data-dir', scratch.at('other'), ...ports]);
  assert.equal(other.code, 1);
  assert.match(
    other.stdout.toString(),
    /^bad +gRPC address: .* is in use, and not by a node on this directory\n +Stop what listens there/m,
  );
  await node.end('SIGTERM');

  await rm(scratch.at('data', 'keys', 'vrf.key'));
  const without = await runCli(['doctor', ...data, ...ports]);
  assert.equal(without.code, 0);
  assert.match(
    without.stdout.toString(),
    /^warning +VRF key: .*vrf\.key is missing\n.*provender keys new --data-dir/m,
  );

  await chmod(scratch.at('data', 'keys', 'node.key'), 0o644);
  const open = await runCli(['-q', 'doctor', ...data, ...ports, '--store', 'files']);
  assert.equal(open.code, 1);
  assert.match(
    open.stdout.toString(),
    /^bad +store: configured is files, the data is of level\n +Start with --store level/m,
  );
  assert.match(open.stdout.toString(), /run: chmod 600/);
});

test('doctor reports a wrong setting instead of failing', async () => {
  const { code, stdout } = await runCli(['doctor', '--limit', 'x']);
  assert.equal(code, 1);
  assert.match(stdout.toString(), /^bad +settings: limit \(from --limit\)/m);
});

test('help has examples for every command, wrong use exits with 2', async () => {
  const commands = [
    [],
    ['serve'],
    ['put'],
    ['get'],
    ['stat'],
    ['ls'],
    ['rm'],
    ['chunk', 'put'],
    ['chunk', 'get'],
    ['doctor'],
    ['config'],
    ['keys', 'show'],
    ['keys', 'new'],
  ];
  for (const command of commands) {
    const { code, stdout } = await runCli([...command, '--help']);
    assert.equal(code, 0);
    assert.match(stdout.toString(), /\nExamples:\n {2}(\w.*)?provender /, command.join(' '));
  }
  for (const args of [[], ['nothing'], ['put'], ['get'], ['ls', '--kind', 'cats']]) {
    assert.equal((await runCli(args)).code, 2, args.join(' '));
  }
});

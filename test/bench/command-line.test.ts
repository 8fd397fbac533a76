import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from '../../bench/arguments.ts';
import { Progress } from '../../bench/framework/progress.ts';

test('options are read and absent ones stay absent', () => {
  const command = readArguments([
    'grpc',
    'merkle',
    '--quick',
    '--rounds',
    '3',
    '--stall-seconds',
    '5',
    '--dir',
    '/d',
    '--ceph-conf',
    '/c/ceph.conf',
  ]);
  assert.deepEqual(command, {
    names: ['grpc', 'merkle'],
    options: { quick: true, rounds: 3, stallSeconds: 5 },
    json: false,
    strict: false,
    help: false,
    directory: '/d',
    cephConf: '/c/ceph.conf',
  });
  assert.deepEqual(readArguments([]).options, { quick: false });
});

test('numbers that are none, and unknown options, are refused', () => {
  for (const text of ['0', '-1', '1.5', 'many', '1e9', '']) {
    assert.throws(() => readArguments(['all', `--rounds=${text}`]), /--rounds/, text);
  }
  assert.throws(() => readArguments(['all', '--fast']), /--fast/);
});

test('progress writes one line per step where there is no terminal', async () => {
  const lines: string[] = [];
  const progress = new Progress('sample', { write: (text) => lines.push(text) });
  progress.plan(2);
  assert.equal(await progress.step('first', async () => 7), 7);
  await progress.step('second', async () => undefined);
  progress.end();
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^sample 1\/2 first \(0:00\)\n$/);
  assert.match(lines[1] ?? '', /^sample 2\/2 second \(0:00, about 0:00 left\)\n$/);
});

test('progress writes over one line on a terminal and takes it away at the end', async () => {
  const texts: string[] = [];
  const progress = new Progress('sample', { isTTY: true, columns: 20, write: (text) => texts.push(text) });
  await progress.step('a step with a long name', async () => undefined);
  progress.end();
  assert.equal(texts.join('').includes('\n'), false);
  assert.equal(texts[0]?.replace('\r\u001b[2K', '').length, 19);
  assert.equal(texts.at(-1), '\r\u001b[2K');
});

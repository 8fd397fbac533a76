import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  cpuOfEndedChildren,
  cpuOfProcess,
  cpuOfThreads,
  TICK_MS,
} from '../../bench/framework/process-cpu.ts';
import { until } from '../support/until.ts';

/** Burns CPU on its main thread and on another one until it is told to stop. */
const BURNER = `
const { Worker } = require('node:worker_threads');
new Worker('for (;;) {}', { eval: true });
process.stdin.once('data', () => process.exit(0));
setInterval(() => { const end = Date.now() + 20; while (Date.now() < end); }, 20);
`;

test('CPU of another process is counted over all its threads, and again when it has ended', async () => {
  const before = cpuOfEndedChildren();
  const child = spawn(process.execPath, ['-e', BURNER], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const pid = child.pid ?? 0;
  await until('it has burnt 300 ms', () => cpuOfThreads(pid) > 300, 30_000);
  assert.equal(cpuOfEndedChildren(), before);
  const seen = cpuOfThreads(pid);
  const sum = cpuOfProcess(pid);
  assert.ok(sum >= seen - 2 * TICK_MS, `${sum} ms of the process, ${seen} ms of its threads`);
  child.stdin.end('stop');
  await ended;
  const whole = cpuOfEndedChildren() - before;
  // User and system time are cut off at whole ticks each.
  assert.ok(whole >= seen - 2 * TICK_MS, `${whole} ms in sum, ${seen} ms seen before`);
  assert.equal(cpuOfThreads(pid), 0);
  assert.equal(cpuOfProcess(pid), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { Scrub, ScrubStart, ScrubStatus } from '../../src/shares/scrub/scrub.ts';
import { openRpcNode } from '../support/rpc-node.ts';

const USAGE = { storedBytes: 5_000_000_000, chunks: 3, files: 2, collections: 1 };
const COUNTS = { chunks: 1, files: 2, collections: 3, checkedBytes: 2 ** 41, damaged: 2 };
const IDLE: ScrubStatus = {
  state: 'idle',
  isDeep: false,
  bytesPerSecond: 0,
  counts: COUNTS,
  expected: USAGE,
  damage: [],
};
const FULL: ScrubStatus = {
  state: 'running',
  phase: 'chunks',
  isDeep: true,
  bytesPerSecond: 20 * 2 ** 20,
  startedUnixMs: 1_800_000_000_001,
  counts: COUNTS,
  expected: USAGE,
  etaSeconds: 12.5,
  damage: [
    {
      kind: 'block',
      key: '00000001.00000002/000000',
      object: 'ab'.repeat(32),
      block: 0,
      reason: 'r',
      unixMs: 7,
    },
    { kind: 'head', key: 'h/1', object: '00'.repeat(32), reason: 's', unixMs: 8 },
  ],
  trouble: 'the store is away',
  last: {
    isDeep: true,
    startedUnixMs: 1,
    finishedUnixMs: 2,
    counts: COUNTS,
    difference: { storedBytes: -5, chunks: -1, files: 0, collections: 2 },
  },
  nextUnixMs: 1_800_000_000_002,
};

/** A scrubber that does what the test says and notes what it was asked. */
class ScriptedScrub implements Scrub {
  now = IDLE;
  readonly asked: unknown[] = [];
  readonly listeners = new Set<() => void>();

  async start(start: ScrubStart): Promise<ScrubStatus> {
    this.asked.push(start);
    return this.now;
  }

  async pause(): Promise<ScrubStatus> {
    this.asked.push('pause');
    throw new ProvenderError('PROVENDER_INVALID', 'no round to pause');
  }

  async resume(): Promise<ScrubStatus> {
    this.asked.push('resume');
    return this.now;
  }

  async stop(): Promise<ScrubStatus> {
    this.asked.push('stop');
    return this.now;
  }

  status(): ScrubStatus {
    return this.now;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  become(status: ScrubStatus): void {
    this.now = status;
    for (const listener of this.listeners) listener();
  }
}

test('calls, their arguments and every field of the status cross the wire', async () => {
  const scrub = new ScriptedScrub();
  await using node = await openRpcNode({ scrub });
  const calls = node.client.scrub;
  assert.deepEqual(await calls.start({}), IDLE);
  scrub.now = FULL;
  assert.deepEqual(await calls.start({ bytesPerSecond: 0, isDeep: true, isRestart: true }), FULL);
  await assert.rejects(calls.pause(), { code: 'PROVENDER_INVALID', message: /no round to pause/ });
  assert.deepEqual(await calls.resume(), FULL);
  assert.deepEqual(await calls.stop(), FULL);
  assert.deepEqual(await calls.status(), FULL);
  assert.deepEqual(scrub.asked, [
    { isDeep: false, isRestart: false },
    { bytesPerSecond: 0, isDeep: true, isRestart: true },
    'pause',
    'resume',
    'stop',
  ]);
});

test('a watch gives the status at once and after changes, and nothing of it is left when its reader leaves', async () => {
  const scrub = new ScriptedScrub();
  await using node = await openRpcNode({ scrub });
  const watch = node.client.scrub.watch();
  assert.deepEqual((await watch.next()).value, IDLE);
  scrub.become(FULL);
  assert.deepEqual((await watch.next()).value, FULL);
  await watch.return();
  await node.server.close();
  assert.equal(scrub.listeners.size, 0);
});

test('a watch ends with its server, which does not wait for it', async () => {
  const scrub = new ScriptedScrub();
  await using node = await openRpcNode({ scrub, drain: { graceMs: 600_000 } });
  const watch = node.client.scrub.watch();
  await watch.next();
  await node.server.close();
  assert.equal((await watch.next()).done, true);
});

test('all calls are for operators', async () => {
  await using node = await openRpcNode({ scrub: new ScriptedScrub(), isOperator: () => false });
  const calls = node.client.scrub;
  const denied = { code: 'PROVENDER_DENIED' };
  for (const call of [() => calls.start({}), () => calls.pause(), () => calls.resume(), () => calls.stop()])
    await assert.rejects(call(), denied);
  await assert.rejects(calls.status(), denied);
  await assert.rejects(calls.watch().next(), denied);
});

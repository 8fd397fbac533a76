import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { withBeats } from '../../src/rpc/beats.ts';
import { eventually } from '../support/rpc-node.ts';

const BEAT = 'beat';

test('a quiet source is told by beats, one that has something to say is not', async () => {
  const stop = new AbortController();
  async function* source(signal: AbortSignal) {
    yield 'first';
    yield 'second';
    if (!signal.aborted) await once(signal, 'abort');
  }
  const seen: string[] = [];
  for await (const word of withBeats(source, { beat: BEAT, beatMs: 10, signal: stop.signal })) {
    seen.push(word);
    if (seen.length === 5) stop.abort();
  }
  assert.deepEqual(seen, ['first', 'second', BEAT, BEAT, BEAT]);
});

test('a stream ends with its source, and fails with it', async () => {
  const { signal } = new AbortController();
  async function* short() {
    yield 'only';
  }
  const seen: string[] = [];
  for await (const word of withBeats(short, { beat: BEAT, beatMs: 60_000, signal })) seen.push(word);
  assert.deepEqual(seen, ['only']);
  async function* failing(): AsyncGenerator<string> {
    yield 'only';
    throw new Error('no more');
  }
  const reading = async (): Promise<void> => {
    for await (const word of withBeats(failing, { beat: BEAT, beatMs: 60_000, signal })) seen.push(word);
  };
  await assert.rejects(reading(), /no more/);
});

test('a source that waits is told when its reader leaves, and may throw then', async () => {
  const { signal } = new AbortController();
  let isOver = false;
  async function* waiting(until: AbortSignal) {
    try {
      yield 'first';
      await once(until, 'abort');
      throw until.reason;
    } finally {
      isOver = true;
    }
  }
  for await (const word of withBeats(waiting, { beat: BEAT, beatMs: 5, signal })) if (word === BEAT) break;
  await eventually('the source has ended', () => isOver);
});

test('an abort ends a stream without an error, before its first word too', async () => {
  async function* never(until: AbortSignal): AsyncGenerator<string> {
    if (!until.aborted) await once(until, 'abort');
    until.throwIfAborted();
    yield 'after its end';
  }
  const stop = new AbortController();
  const next = withBeats(never, { beat: BEAT, beatMs: 60_000, signal: stop.signal }).next();
  stop.abort();
  assert.deepEqual(await next, { done: true, value: undefined });
  const aborted = withBeats(never, { beat: BEAT, beatMs: 60_000, signal: AbortSignal.abort() });
  assert.deepEqual(await aborted.next(), { done: true, value: undefined });
});

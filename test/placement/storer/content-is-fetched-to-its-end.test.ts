import assert from 'node:assert/strict';
import test from 'node:test';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import type { Storer } from '../../../src/placement/storer/storer.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

type Stream = StorerWorld['primary']['stream'];

const object = testObject(50_000);

/** A storer with an assignment. */
async function assigned(
  stream: Stream,
  { sources = ['a:1', 'b:1'], deadlineMs = 60_000 }: { sources?: string[]; deadlineMs?: number } = {},
): Promise<{ world: StorerWorld; storer: Storer; asked: () => readonly unknown[] }> {
  const world = new StorerWorld();
  const storer = await world.open({ callMs: 2000 });
  world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  world.primary.stream = stream;
  const reply = await storer.assign(world.primary.assign(world.claim(), { sources, deadlineMs }));
  assert.deepEqual(reply, { ok: true });
  const asked = (): readonly unknown[] =>
    world.primary.calls.filter(({ call }) => call === 'fetch').map(({ to }) => to);
  return { world, storer, asked };
}

test('a stream that is cut is taken up where it stopped, at the next source and around again', async () => {
  const { world, storer, asked } = await assigned(async function* (pieces) {
    let count = 0;
    for await (const piece of pieces) {
      if (++count > 3) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the connection broke');
      yield piece;
    }
  });
  await using _ = storer;
  await world.until('the proof', () => world.primary.proven.size === 1);
  assert.deepEqual(asked(), ['a:1', 'b:1', 'a:1', 'b:1', 'a:1']);
  assert.equal(world.events.fetchedBytes, 50_000);
});

test('a stream that ends early is not the end', async () => {
  const { world, storer, asked } = await assigned(async function* (pieces, address) {
    for await (const piece of pieces) {
      yield piece;
      if (address === 'a:1') return;
    }
  });
  await using _ = storer;
  await world.until('the proof', () => world.primary.proven.size === 1);
  assert.deepEqual(asked(), ['a:1', 'b:1']);
});

test('a source that stalls is left for the next one', async () => {
  const { world, storer, asked } = await assigned(async function* (pieces, address) {
    for await (const piece of pieces) {
      yield piece;
      if (address === 'a:1') await new Promise(() => undefined);
    }
  });
  await using _ = storer;
  await world.until('the proof', () => world.primary.proven.size === 1);
  assert.deepEqual(asked(), ['a:1', 'b:1']);
});

test('more bytes than the object has end the assignment', async () => {
  const { world, storer } = await assigned(async function* (pieces) {
    yield* pieces;
    yield new Uint8Array(1);
  });
  await using _ = storer;
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'fetch' }]);
  assert.equal(world.events.fetchedBytes, 50_000);
  assert.equal(storer.reservedBytes, 0);
});

test('other bytes than those of the id are never committed to', async () => {
  const { world, storer } = await assigned(async function* (pieces) {
    for await (const piece of pieces) yield piece.map((byte) => byte ^ 1);
  });
  await using _ = storer;
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'fetch' }]);
  assert.equal(world.primary.commits.size, 0);
  assert.equal(world.keeper.replicas.size, 0);
});

test('an assignment that every source denies ends with what they say', async () => {
  const { world, storer, asked } = await assigned(() => {
    throw new ProvenderError('PROVENDER_DENIED', 'no', { details: { reason: 'unassigned' } });
  });
  await using _ = storer;
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'unassigned' }]);
  assert.deepEqual(asked(), ['a:1', 'b:1']);
});

test('content that trickles past the deadline is late', async () => {
  const { world, storer } = await assigned(
    async function* (pieces) {
      for await (const piece of pieces) {
        await world.clock.sleep(1000);
        yield piece;
      }
    },
    { deadlineMs: 5000 },
  );
  await using _ = storer;
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'late' }]);
  assert.ok(world.clock.now() < 7000);
  assert.equal(storer.reservedBytes, 0);
});

test('a keeper without room ends the assignment', async () => {
  const { world, storer } = await assigned((pieces) => {
    world.keeper.limitBytes = 1;
    return pieces;
  });
  await using _ = storer;
  world.keeper.beforePublish = () => {
    throw new ProvenderError('PROVENDER_OVER_QUOTA', 'the disk is full');
  };
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'full' }]);
  assert.equal(storer.reservedBytes, 0);
});

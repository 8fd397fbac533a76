import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { PaidSet, Shares } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { PAID_CASES, payment, statOf } from '../support/paid-cases.ts';
import { batchesOf, declarationOf, makeChunks, pieces, sourceOf } from '../support/share-content.ts';
import { StepStore } from '../support/step-store.ts';

const CONTENT = testBytes(4_300_000);
const PIECES = pieces(CONTENT, 500_000);
const CHUNKS = makeChunks(70);
const RAW = { stagedRawAboveBytes: 4096 };

/** A payment that no test expects to be asked for. */
function unasked(): { readonly paid: PaidSet; readonly asked: () => number } {
  let asked = 0;
  return { paid: payment(async () => void asked++), asked: () => asked };
}

type Attempt = (shares: Shares, paid: PaidSet) => Promise<unknown>;

const file =
  (sizeBytes: number, profile: number, source: () => AsyncIterable<Uint8Array>): Attempt =>
  (shares, paid) =>
    shares.setFile({ sizeBytes, profile }, source(), { paid });
const collection =
  (declared: { count: number; sizeBytes: number }, source: () => AsyncIterable<Uint8Array[]>): Attempt =>
  (shares, paid) =>
    shares.setShares(declared, source(), { paid });

/** A sender that goes away in the middle. */
async function* cutOff<T>(parts: readonly T[]): AsyncGenerator<T, undefined> {
  yield* parts;
  throw new ProvenderError('PROVENDER_CANCELLED', 'the stream ended');
}

const { count, sizeBytes } = declarationOf(CHUNKS);
/** Security test 22, and what is like it: fewer bytes are declared, and paid for, than come. */
const LIES: Readonly<Record<string, Attempt>> = {
  'a file declared one byte too small': file(CONTENT.length - 1, 0, () => sourceOf(...PIECES)),
  'an encoded file declared one byte too small': file(CONTENT.length - 1, 1, () => sourceOf(...PIECES)),
  'an endless file': file(5000, 0, async function* () {
    for (;;) yield testBytes(4096);
  }),
  'a file declared too large': file(CONTENT.length + 1, 0, () => sourceOf(...PIECES)),
  'a collection of more chunks than declared': collection({ count: count - 1, sizeBytes }, () =>
    sourceOf(...batchesOf(CHUNKS)),
  ),
  'a collection of more bytes than declared': collection({ count, sizeBytes: sizeBytes - 1 }, () =>
    sourceOf(...batchesOf(CHUNKS)),
  ),
  'a chunk that is too large': (shares, paid) => shares.setShare(new Uint8Array(4097), { paid }),
};

const CUT_OFF: Readonly<Record<string, Attempt>> = {
  'a file': file(CONTENT.length, 0, () => cutOff(PIECES.slice(0, -1))),
  'a file after its last byte': file(CONTENT.length, 0, () => cutOff(PIECES)),
  'an encoded file': file(CONTENT.length, 2, () => cutOff(PIECES.slice(0, 3))),
  'a collection': collection({ count, sizeBytes }, () => cutOff(batchesOf(CHUNKS).slice(0, 1))),
};

/** Runs what must fail before its payment, on sets that are staged raw too. */
async function failsFree(attempt: Attempt, code: string): Promise<void> {
  for (const options of [{}, RAW]) {
    await using open = await openShares({ store: new StepStore(), ...options });
    const { paid, asked } = unasked();
    await assert.rejects(attempt(open.shares, paid), { code });
    assert.equal(asked(), 0, 'the payment was not asked for');
    assert.deepEqual([open.store.data.size, open.store.heads.size, open.store.chunks.size], [0, 0, 0]);
    const { storedBytes, reservedBytes } = open.shares.usage();
    assert.deepEqual([storedBytes, reservedBytes], [0, 0]);
  }
}

for (const [name, attempt] of Object.entries(LIES))
  test(`${name} is neither paid nor published`, () => failsFree(attempt, 'PROVENDER_INVALID'));

for (const [name, attempt] of Object.entries(CUT_OFF))
  test(`${name} that is cut off is neither paid nor published`, () =>
    failsFree(attempt, 'PROVENDER_CANCELLED'));

test('the operation of a payment has 16 bytes', async () => {
  for (const [, one] of PAID_CASES) {
    await using open = await openShares({ store: new StepStore(), ...one.options });
    const { paid, asked } = unasked();
    await assert.rejects(one.set(open.shares, { ...paid, operation: new Uint8Array(8) }), {
      code: 'PROVENDER_INVALID',
    });
    assert.deepEqual([asked(), open.store.data.size, open.shares.usage().reservedBytes], [0, 0, 0]);
  }
});

test('a caller that leaves before the payment pays nothing, and one that leaves behind it gets the share', async () => {
  for (const [name, one] of PAID_CASES) {
    if (one.kind === 'chunk') continue; // its operations end by themselves
    for (let target = 1, isLast = false; !isLast; target++) {
      await using open = await openShares({ store: new StepStore(), ...one.options });
      const controller = new AbortController();
      let asked = 0;
      let steps = 0;
      open.store.onStep = () => {
        if (++steps === target) controller.abort();
      };
      const paid = payment(async () => void asked++);
      const outcome = await one.set(open.shares, paid, controller.signal).catch((error: unknown) => {
        assert.ok(error instanceof ProvenderError && error.code === 'PROVENDER_CANCELLED', String(error));
        return undefined;
      });
      const there = (await statOf(open.shares, one)) === undefined ? 0 : 1;
      assert.deepEqual([asked, there], outcome === undefined ? [0, 0] : [1, 1], `${name}, step ${target}`);
      assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [there, 0]);
      isLast = steps < target;
      assert.ok(isLast || target < 20);
    }
  }
});

test('a caller that leaves while its payment is committed gets the share all the same', async () => {
  for (const [, one] of PAID_CASES) {
    await using open = await openShares({ store: new StepStore(), ...one.options });
    const controller = new AbortController();
    const paid = payment(async () => controller.abort());
    assert.equal((await one.set(open.shares, paid, controller.signal)).held, false);
    assert.notEqual(await statOf(open.shares, one), undefined);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, ProvenderError } from '../../../src/content/provender-error.ts';
import { decodeAnnounce } from '../../../src/placement/messages/announce.ts';
import { encodeFetch } from '../../../src/placement/messages/fetch.ts';
import { claimHash } from '../../../src/placement/messages/claim.ts';
import { verifyReceipt } from '../../../src/placement/receipt.ts';
import { MESSAGE_ANNOUNCE, MESSAGE_SET_KEY } from '../../../src/proof/message-header.ts';
import { deferred } from '../../support/deferred.ts';
import { everybodyWins, PrimaryWorld, stagedFile } from '../../support/primary-world.ts';
import type { StagedContent } from '../../../src/placement/ports.ts';

const GOOD = [{}, {}, {}, {}];
const HOW = { profile: 1, replicas: 3, name: '' };

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ProvenderError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}

/** No placement, no timer, and no storer that is still known. */
async function assertNothingLeft(world: PrimaryWorld): Promise<void> {
  assert.equal(world.primary.running, 0);
  await world.clock.advance(60_000);
  assert.equal(world.clock.sleepers, 0);
  for (const { claims, node, commits } of world.storers) {
    for (const claim of claims) {
      assert.deepEqual(await world.primary.claim(claim, node.name), { ok: false, reason: 'unknown' });
      const proof = { claimHash: claimHash(claim), proof: new Uint8Array(200) };
      assert.deepEqual(await world.primary.prove(proof), { ok: false, reason: 'unknown' });
    }
    for (const commit of commits)
      assert.deepEqual(await world.primary.commit(commit), { ok: false, reason: 'unknown' });
  }
}

test('after a placement nothing is left, whether it succeeded or failed', async () => {
  for (const scripts of [GOOD, [{}, {}, { diesBefore: 'commit' as const }]]) {
    await using world = new PrimaryWorld(scripts);
    await world.open();
    await world.place(stagedFile('a file')).catch(() => undefined);
    await assertNothingLeft(world);
  }
});

test('an object that is placed is answered with its receipt at once, and nothing moves', async () => {
  await using world = new PrimaryWorld(GOOD);
  await world.open();
  const content = stagedFile('a file');
  const first = await world.place(content);
  const [served, records] = [world.events.servedBytes, world.log.submitted.length];
  assert.deepEqual(await world.primary.place(content, HOW), first);
  assert.deepEqual([world.events.servedBytes, world.log.submitted.length], [served, records]);
});

test('two who place an object at the same time share one placement', async () => {
  await using world = new PrimaryWorld(GOOD);
  const primary = await world.open();
  const content = stagedFile('a file');
  const both = Promise.all([primary.place(content, HOW), primary.place(content, HOW)]);
  await assert.rejects(primary.place(content, { ...HOW, replicas: 2 }), hasCode('PROVENDER_CONFLICT'));
  const [one, other] = await world.clock.drive(both);
  assert.deepEqual(one, other);
  assert.equal(world.log.submitted.filter((record) => record[1] === MESSAGE_ANNOUNCE).length, 1);
});

test('a placement ends when nobody waits for it any more, and not before', async () => {
  await using world = new PrimaryWorld(GOOD.map(() => ({ diesBefore: 'prove' as const })));
  const primary = await world.open();
  const content = stagedFile('a file');
  const [first, second] = [new AbortController(), new AbortController()];
  const ends = [first, second].map(({ signal }) =>
    assert.rejects(primary.place(content, { ...HOW, signal }), hasCode('PROVENDER_CANCELLED')),
  );
  await world.until(content.id, 'assigning');
  first.abort();
  await world.clock.advance(10);
  assert.equal(primary.explain(content.id)?.state, 'assigning');
  second.abort();
  await world.clock.drive(Promise.all(ends));
  await world.clock.advance(10);
  assert.equal(primary.explain(content.id)?.state, 'cancelled');
  assert.equal(world.events.count('ended cancelled'), 1);
  await assertNothingLeft(world);
});

test('who began a placement may leave with its bytes; those of another go on', async () => {
  await using world = new PrimaryWorld(GOOD.map(() => ({ encodeMs: 1000 })));
  const primary = await world.open();
  const content = stagedFile('a file');
  const { kind, sizeBytes, count } = content.facts;
  const upload = deferred<StagedContent>();
  const pending = { id: content.id, kind, sizeBytes, count, staged: upload.promise };
  const giveUp = new AbortController();
  const first = assert.rejects(
    primary.place(pending, { ...HOW, signal: giveUp.signal }),
    hasCode('PROVENDER_CANCELLED'),
  );
  const second = primary.place(content, HOW);
  await world.until(content.id, 'assigning');
  giveUp.abort();
  upload.reject(new ProvenderError('PROVENDER_CANCELLED', 'the upload has ended'));
  await first;
  assert.ok(verifyReceipt(await world.clock.drive(second)).ok);
});

test('answers that come after the end assign nobody else', async () => {
  await using world = new PrimaryWorld(Array.from({ length: 9 }, () => ({ isMute: true })));
  const primary = await world.open();
  const content = stagedFile('a file');
  const giveUp = new AbortController();
  const how = { ...HOW, signal: giveUp.signal };
  const end = assert.rejects(primary.place(content, how), hasCode('PROVENDER_CANCELLED'));
  await world.until(content.id, 'assigning');
  giveUp.abort();
  await world.clock.drive(end);
  await assertNothingLeft(world);
  assert.equal(world.storers.filter(({ assigns }) => assigns.length > 0).length, 5);
});

test('storers that never answer are unreachable, and the next ranks get their places', async () => {
  await using world = new PrimaryWorld([{}, {}, {}, ...Array.from({ length: 5 }, () => ({ isMute: true }))]);
  await world.open();
  const content = stagedFile('a file');
  await world.place(content);
  assert.ok(world.explained(content.id).includes('passed: unreachable'));
  await assertNothingLeft(world);
});

test('a network whose pace is very slow gives storers the longest time that there is', async () => {
  const { parameters } = everybodyWins(4);
  await using world = new PrimaryWorld(GOOD, { parameters: { ...parameters, bytesPerSecond: 1 } });
  await world.open();
  const content = stagedFile('a file', 5_000_000);
  await world.place(content, { profile: 0 });
  assert.equal(world.primary.explain(content.id)?.state, 'placed');
});

test('an address that no Assign can carry ends the placement with its error', async () => {
  await using world = new PrimaryWorld(GOOD);
  await world.open({}, `${'a'.repeat(255)}:7411`);
  await assert.rejects(world.place(stagedFile('a file')), hasCode('PROVENDER_INVALID'));
  await assertNothingLeft(world);
});

test('many objects at once are placed each for itself, and Node warns of nothing', async () => {
  await using world = new PrimaryWorld([...GOOD, {}, { diesBefore: 'commit' as const }]);
  const primary = await world.open();
  const warnings: Error[] = [];
  const warn = (warning: Error): number => warnings.push(warning);
  process.on('warning', warn);
  const contents = Array.from({ length: 24 }, (_, i) => stagedFile(`file ${i}`));
  const receipts = await world.clock.drive(Promise.all(contents.map((one) => primary.place(one, HOW))));
  for (const [i, receipt] of receipts.entries()) {
    const verdict = verifyReceipt(receipt, { genesis: world.network.genesis });
    assert.ok(verdict.ok);
    assert.deepEqual(verdict.facts.id, contents[i]?.id);
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warn);
  assert.deepEqual(warnings, []);
  await assertNothingLeft(world);
});

test('a placement beyond the limit is refused, and may be repeated', async () => {
  await using world = new PrimaryWorld(GOOD);
  const primary = await world.open({ placements: 1 });
  const first = primary.place(stagedFile('first'), HOW);
  await world.until(stagedFile('first').id, 'claiming');
  await assert.rejects(primary.place(stagedFile('second'), HOW), hasCode('PROVENDER_BUSY'));
  await world.clock.drive(first);
  await world.place(stagedFile('second'));
});

test('when the log ends, placements end with its error, and no other one begins', async () => {
  await using world = new PrimaryWorld(GOOD.map(() => ({ diesBefore: 'prove' as const })));
  const primary = await world.open();
  const content = stagedFile('a file');
  const end = assert.rejects(primary.place(content, HOW), hasCode('PROVENDER_UNAVAILABLE'));
  await world.until(content.id, 'assigning');
  world.log.failFollowers(new ProvenderError('PROVENDER_CORRUPT', 'two rounds with one number'));
  await world.clock.drive(end);
  await assert.rejects(primary.place(content, HOW), hasCode('PROVENDER_UNAVAILABLE'));
  assert.equal(primary.explain(content.id)?.state, 'failed');
});

test('closing ends what runs, and refuses what comes', async () => {
  const world = new PrimaryWorld(GOOD.map(() => ({ diesBefore: 'prove' as const })));
  const primary = await world.open();
  const content = stagedFile('a file');
  const end = assert.rejects(primary.place(content, HOW), hasCode('PROVENDER_CLOSED'));
  await world.until(content.id, 'assigning');
  await world.clock.drive(primary.close());
  await world.clock.drive(end);
  await assert.rejects(primary.place(content, HOW), hasCode('PROVENDER_CLOSED'));
  await assert.rejects(primary.claim(new Uint8Array(), 'peer'), hasCode('PROVENDER_CLOSED'));
  await world.clock.advance(60_000);
  assert.equal(world.clock.sleepers, 0);
  await world[Symbol.asyncDispose]();
});

test('a primary that died half-way leaves nothing to mend: the same call places the object', async () => {
  await using world = new PrimaryWorld(GOOD.map(() => ({ encodeMs: 1000 })));
  const died = await world.open();
  const content = stagedFile('a file');
  const lost = died.place(content, HOW).catch(() => undefined);
  await world.until(content.id, 'assigning');
  const primary = await world.open(); // storers reach this one from now on
  const receipt = await world.clock.drive(primary.place(content, HOW));
  const verdict = verifyReceipt(receipt, { genesis: world.network.genesis });
  assert.ok(verdict.ok);
  assert.ok(verdict.facts.round.number > 2n, 'a lottery of its own');
  await world.clock.drive(Promise.all([died.close(), lost]));
});

test('a primary that died behind its SetKey has placed the object, and the next one has the receipt', async () => {
  await using world = new PrimaryWorld(GOOD);
  const died = await world.open();
  const content = stagedFile('a file');
  const lost = died.place(content, HOW).catch(() => undefined);
  await world.until(content.id, 'signing');
  await world.clock.drive(Promise.all([died.close(), lost]));
  const primary = await world.open();
  await world.clock.advance(2000);
  const announces = world.log.submitted.length;
  const receipt = await primary.place(content, HOW);
  assert.ok(verifyReceipt(receipt, { genesis: world.network.genesis }).ok);
  assert.equal(world.log.submitted.length, announces);
});

test('nonces go on after a restart, and after the state was lost', async () => {
  await using world = new PrimaryWorld(GOOD);
  for (const name of ['first', 'second', 'third']) {
    const primary = await world.open();
    await world.place(stagedFile(name));
    await world.clock.drive(primary.close());
    if (name === 'second') world.state.records.clear();
  }
  const nonces = world.log.submitted
    .filter((record) => record[1] === MESSAGE_ANNOUNCE)
    .map((record) => decodeAnnounce(record).nonce);
  assert.deepEqual(nonces, [1n, 2n, 3n]);
});

test('an announcement that no round takes ends the write', async () => {
  await using world = new PrimaryWorld(GOOD);
  await world.open();
  world.log.onSubmit = () => false;
  await assert.rejects(world.place(stagedFile('a file')), (error: unknown) => {
    assert.ok(isProvenderError(error, 'PROVENDER_UNAVAILABLE'));
    assert.equal(error.details['reason'], 'announce');
    return true;
  });
  world.log.onSubmit = () => true;
  await world.place(stagedFile('another'));
});

test('a SetKey whose fate is unknown is ambiguous, and a lost one that comes later is found', async () => {
  await using world = new PrimaryWorld(GOOD);
  await world.open();
  let lost: Uint8Array | undefined;
  world.log.onSubmit = (record) => {
    if (record[1] !== MESSAGE_SET_KEY) return true;
    lost = record;
    throw new ProvenderError('PROVENDER_AMBIGUOUS', 'it may have been written');
  };
  const content = stagedFile('a file');
  await assert.rejects(world.place(content), hasCode('PROVENDER_AMBIGUOUS'));
  assert.equal(await world.primary.receipt(content.id), undefined);
  world.log.onSubmit = () => true;
  await world.log.submit(lost ?? new Uint8Array());
  await world.clock.advance(5000);
  const receipt = await world.place(content);
  assert.ok(verifyReceipt(receipt, { genesis: world.network.genesis }).ok);
});

test('a log that is away for a while when the SetKey is handed in is asked again', async () => {
  await using world = new PrimaryWorld(GOOD);
  await world.open();
  let refusals = 3;
  world.log.onSubmit = (record) => {
    if (record[1] !== MESSAGE_SET_KEY || refusals-- <= 0) return true;
    throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the state store is away');
  };
  assert.ok(verifyReceipt(await world.place(stagedFile('a file'))).ok);
});

test('when the announcement expires before N are complete, the write fails', async () => {
  await using world = new PrimaryWorld([{}, {}, { encodeMs: 1900 }]);
  await world.open();
  const content = stagedFile('a file');
  const end = assert.rejects(world.primary.place(content, HOW), hasCode('PROVENDER_UNAVAILABLE'));
  await world.until(content.id, 'assigning');
  world.log.addUpTo(21n);
  await world.clock.drive(end);
  assert.equal(world.primary.explain(content.id)?.state, 'failed');
});

test('an upload that outlives its announcement is announced again when it is there', async () => {
  await using world = new PrimaryWorld(GOOD);
  await world.open();
  const content = stagedFile('a file');
  const upload = deferred<StagedContent>();
  const { kind, sizeBytes, count } = content.facts;
  const placed = world.primary.place({ id: content.id, kind, sizeBytes, count, staged: upload.promise }, HOW);
  await world.until(content.id, 'assigning');
  world.log.addUpTo(30n);
  await world.clock.advance(1000);
  assert.equal(world.events.servedBytes, 0);
  upload.resolve(content);
  const verdict = verifyReceipt(await world.clock.drive(placed));
  assert.ok(verdict.ok && verdict.facts.round.number > 30n);
});

test('an upload that fails, or brings other bytes, ends the placement with its error', async () => {
  for (const [outcome, code] of [
    [
      () => Promise.reject(new ProvenderError('PROVENDER_OVER_QUOTA', 'the stage is full')),
      'PROVENDER_OVER_QUOTA',
    ],
    [() => Promise.resolve(stagedFile('others')), 'PROVENDER_INVALID'],
  ] as const) {
    await using world = new PrimaryWorld(GOOD);
    await world.open();
    const { id, facts } = stagedFile('a file');
    const staged = outcome();
    const placed = world.primary.place({ id, ...facts, staged }, HOW);
    await assert.rejects(world.clock.drive(placed), hasCode(code));
    assert.equal(world.primary.explain(id)?.state, 'failed');
  }
});

test('content goes to the storer that signed for it, while it has a place', async () => {
  await using world = new PrimaryWorld(GOOD.map(() => ({ diesBefore: 'fetch' as const })));
  const primary = await world.open();
  const content = stagedFile('a file', 10_000);
  const end = primary.place(content, HOW).catch(() => undefined);
  await world.until(content.id, 'assigning');
  const [one, other] = world.storers;
  assert.ok(one !== undefined && other !== undefined);
  const hash = claimHash(one.claims[0] ?? new Uint8Array());
  const request = (offset: number, { node } = one): Uint8Array => {
    const { storerKey, signer } = node;
    const { networkId } = world.network.genesis;
    return encodeFetch({ profile: 1, networkId, claimHash: hash, offset, storerKey }, signer);
  };
  const read = async (message: Uint8Array): Promise<number> => {
    let bytes = 0;
    for await (const piece of primary.fetchContent(message)) bytes += piece.length;
    return bytes;
  };
  const denied = (reason: string) => (error: unknown) => {
    assert.ok(isProvenderError(error, 'PROVENDER_DENIED'), String(error));
    assert.equal(error.details['reason'], reason);
    return true;
  };
  assert.equal(await read(request(0)), 10_000);
  assert.equal(await read(request(9_000)), 1000);
  assert.equal(await read(request(10_000)), 0);
  await assert.rejects(read(request(10_001)), denied('mismatch'));
  await assert.rejects(read(request(0, other)), denied('signature'));
  const flipped = request(0);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  await assert.rejects(read(flipped), denied('signature'));
  await assert.rejects(read(request(0).subarray(0, 100)), hasCode('PROVENDER_INVALID'));
  const running = primary.fetchContent(request(0))[Symbol.asyncIterator]();
  await running.next();
  assert.equal(await read(request(5000)), 5000);
  await assert.rejects(running.next(), hasCode('PROVENDER_CANCELLED')); // the newer stream has taken its place
  for (let i = 0; i < 8; i++) await read(request(9_999)).catch(() => undefined);
  await assert.rejects(read(request(0)), denied('fetch'));
  await world.clock.drive(end);
  await assert.rejects(read(request(0)), denied('unknown'));
});

test('what cannot be placed is refused before anything is announced', async () => {
  await using world = new PrimaryWorld(GOOD);
  const primary = await world.open();
  const content = stagedFile('a file');
  await assert.rejects(primary.place(content, { ...HOW, profile: 9 }), hasCode('PROVENDER_UNSUPPORTED'));
  await assert.rejects(primary.place(content, { ...HOW, replicas: 17 }), hasCode('PROVENDER_INVALID'));
  await assert.rejects(
    primary.place(content, { ...HOW, name: 'x'.repeat(65_536) }),
    hasCode('PROVENDER_INVALID'),
  );
  await assert.rejects(primary.place(content, { ...HOW, name: '\ud800' }), hasCode('PROVENDER_INVALID'));
  const collection = { ...content, facts: { ...content.facts, kind: 3 as const } };
  await assert.rejects(primary.place(collection, HOW), hasCode('PROVENDER_UNSUPPORTED'));
  world.log.fork();
  await assert.rejects(primary.place(content, HOW), hasCode('PROVENDER_UNAVAILABLE'));
  assert.equal(world.log.submitted.length, 0);
});

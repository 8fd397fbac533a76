import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type ObjectId, objectId, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { type PlacedFiles, placedStat, type PlacementWish } from '../../src/rpc/placed-files.ts';
import { jsonOf, runCli } from '../support/node-process.ts';
import { fileFacts, placedReceipt } from '../support/placed-receipt.ts';
import { openRpcNode } from '../support/rpc-node.ts';
import { scriptedServices } from '../support/rpc-network.ts';
import { openScratch } from '../support/scratch.ts';

/** Files of a network that answers with one receipt, and notes what it was asked. */
class ScriptedFiles implements PlacedFiles {
  readonly content: Buffer;
  receipt: Uint8Array;
  failure: ProvenderError | undefined;
  readonly wishes: PlacementWish[] = [];
  readonly taken: Buffer[] = [];
  readonly read: (Uint8Array | undefined)[] = [];

  constructor(content: Buffer) {
    this.content = content;
    this.receipt = placedReceipt(fileFacts(content)).receipt;
  }

  async put(
    { id, sizeBytes }: { readonly id?: ObjectId; readonly sizeBytes: number },
    source: AsyncIterable<Uint8Array>,
    { replicas, name }: PlacementWish,
  ) {
    this.wishes.push({ ...(replicas !== undefined && { replicas }), ...(name !== undefined && { name }) });
    if (this.failure !== undefined) throw this.failure;
    for await (const piece of source) this.taken.push(Buffer.from(piece));
    assert.ok(id !== undefined);
    return {
      stat: placedStat({ id, sizeBytes, profile: 1 }),
      held: false,
      commR: new Uint8Array(),
      receipt: this.receipt,
    };
  }

  async open(id: ObjectId, _range: object, { receipt }: { readonly receipt?: Uint8Array }) {
    this.read.push(receipt?.slice());
    const { content } = this;
    async function* data() {
      yield content;
    }
    const sizeBytes = content.length;
    return { stat: placedStat({ id, sizeBytes, profile: 1 }), offset: 0, length: sizeBytes, data: data() };
  }

  async stat(id: ObjectId) {
    return placedStat({ id, sizeBytes: this.content.length, profile: 1 });
  }
}

test('put --receipt places a file and keeps its receipt; get --receipt hands it over', async () => {
  await using scratch = await openScratch();
  const content = randomBytes(300_000);
  const placement = new ScriptedFiles(content);
  await using node = await openRpcNode({ placement, network: scriptedServices() });
  const [file, r] = [scratch.at('file'), scratch.at('r.bin')];
  await writeFile(file, content);
  const at = { node: node.server.address };

  const put = await runCli(['--json', 'put', file, '--receipt', r, '--replicas', '3', '--name', 'a/b/c'], at);
  assert.equal(put.code, 0, put.stderr);
  const id = objectIdHex(objectId(fileFacts(content)));
  const told = jsonOf(put);
  assert.deepEqual([told.id, told.receipt, told.replicas, told.storers.length], [id, r, 3, 3]);
  assert.deepEqual(placement.wishes, [{ replicas: 3, name: 'a/b/c' }]);
  assert.ok(content.equals(Buffer.concat(placement.taken)));
  assert.ok(Buffer.from(placement.receipt).equals(await readFile(r)));
  const verified = await runCli(['--json', 'receipt', 'verify', r]);
  assert.deepEqual([verified.code, jsonOf(verified).id], [0, id]);

  const got = await runCli(['get', id, '--receipt', r, '-o', scratch.at('copy')], at);
  assert.equal(got.code, 0, got.stderr);
  assert.ok(content.equals(await readFile(scratch.at('copy'))));
  assert.ok(Buffer.from(placement.receipt).equals(placement.read[0] ?? content));
});

test('a placement that fails, or whose receipt does not hold, is no success', async () => {
  await using scratch = await openScratch();
  const content = randomBytes(5000);
  const placement = new ScriptedFiles(content);
  await using node = await openRpcNode({ placement, network: scriptedServices() });
  await using alone = await openRpcNode();
  await writeFile(scratch.at('file'), content);
  const put = (args: string[], address = node.server.address) =>
    runCli(['put', scratch.at('file'), ...args], { node: address });
  const receipt = ['--receipt', scratch.at('r.bin')];

  placement.failure = new ProvenderError('PROVENDER_UNAVAILABLE', 'storers: 2 of 8 after attempt 3');
  const few = await put(receipt);
  assert.equal(few.code, 6);
  assert.match(few.stderr, /2 of 8 after attempt 3/);
  assert.deepEqual(await readdir(scratch.path), ['file']); // no receipt, no part of one

  placement.failure = undefined;
  placement.receipt = placedReceipt(fileFacts(Buffer.from('another file'))).receipt;
  const false_ = await put(receipt);
  assert.equal(false_.code, 4);
  assert.match(false_.stderr, /does not hold \(it is that of another file\)/);

  const refusals = [
    [await put(receipt, alone.server.address), /PROVENDER_UNSUPPORTED.*belongs to no network/],
    [await put(['--replicas', '3']), /give --receipt too/],
    [await put([...receipt, '--replicas', '17']), /whole number from 1 to 16/],
    [await put([scratch.at('file'), ...receipt]), /takes one file at a time, not 2/],
    [await put(['--receipt', scratch.at('no', 'r.bin')]), /no such file or folder/],
  ] as const;
  for (const [{ code, stderr }, message] of refusals) {
    assert.notEqual(code, 0);
    assert.match(stderr, message);
  }
});

test('nodes and placement explain print what the node says, for people and machines', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  const at = { node: node.server.address };
  const listed = await runCli(['nodes'], at);
  assert.equal(listed.code, 0, listed.stderr);
  const lines = listed.stdout.toString().trimEnd().split('\n');
  assert.deepEqual([lines.length, lines[0]?.slice(0, 64)], [3, '01'.repeat(32)]);
  assert.match(lines[1] ?? '', /10\.0\.0\.2:7411 +128 GiB +0\.00 % {2}region 2 {2}retired/);
  assert.match(listed.stderr, /3 nodes of testnet, round 7, epoch 3/);
  const quiet = await runCli(['--quiet', 'nodes'], at);
  assert.deepEqual(quiet.stdout.toString().trim().split('\n')[2], '03'.repeat(32));

  const id = objectId(fileFacts(Buffer.from('some file')));
  const storers = [
    { storerKey: new Uint8Array(32).fill(1), weight: 32n, attempt: 0, state: 'signed', rank: 0, place: 0 },
    { storerKey: new Uint8Array(32).fill(3), weight: 96n, attempt: 1, state: 'passed', reason: 'late' },
  ] as const;
  const common = { id, profile: 1, sizeBytes: 9, replicas: 1, attempt: 1, startedUnixMs: 5, storers };
  const tau = { tauNumerator: 15_500n, totalWeight: 192n, registered: 3 };
  const times = { announced: 4n, round: 5n, tookMs: 2500 };
  network.primary.explained.set(objectIdHex(id), { ...common, ...tau, ...times, state: 'placed' });
  const explained = await runCli(['placement', 'explain', objectIdHex(id)], at);
  assert.equal(explained.code, 0, explained.stderr);
  const text = explained.stdout.toString();
  assert.match(text, /placed after 2\.50 s: round 5, attempt 2 of 4, 31 storers drawn on average of 3/);
  assert.match(text, / {3}1 {2}(01){32} {2}weight 32 {2}attempt 1 {2}signed\n/);
  assert.match(
    text,
    / {3}- {2}(03){32} {2}weight 96 {2}attempt 2 {2}passed: late \(it came after its time\)/,
  );
  const fields = jsonOf(await runCli(['--json', 'placement', 'explain', objectIdHex(id)], at));
  assert.deepEqual([fields.placement.state, fields.placement.storers[1].reason], ['placed', 'late']);

  const unknown = await runCli(['placement', 'explain', 'ab'.repeat(32)], at);
  assert.equal(unknown.code, 3);
  await using alone = await openRpcNode();
  const refused = await runCli(['nodes'], { node: alone.server.address });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /belongs to no network: start it with provender serve --network/);
});

test('a receipt is fetched again from a primary', async () => {
  await using scratch = await openScratch();
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  const id = objectIdHex(objectId(fileFacts(Buffer.from('some file'))));
  const get = () => runCli(['receipt', 'get', id, '-o', scratch.at('r.bin')], { node: node.server.address });
  assert.equal((await get()).code, 3);
  assert.deepEqual(await readdir(scratch.path), []);
  const receipt = randomBytes(5000);
  network.primary.receipts.set(id, receipt);
  assert.equal((await get()).code, 0);
  assert.ok(receipt.equals(await readFile(scratch.at('r.bin'))));
});

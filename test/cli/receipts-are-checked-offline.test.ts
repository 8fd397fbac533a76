import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { objectId } from '../../src/content/object-id.ts';
import { jsonOf, runCli } from '../support/node-process.ts';
import { fileFacts, placedReceipt } from '../support/placed-receipt.ts';
import { openScratch } from '../support/scratch.ts';

test('a receipt is checked from files alone, and what that relied on is printed', async () => {
  await using scratch = await openScratch();
  const facts = fileFacts(Buffer.from('content of a placed file'));
  const { receipt, genesisText } = placedReceipt(facts);
  const [path, genesis] = [scratch.at('r.bin'), scratch.at('genesis.json')];
  await writeFile(path, receipt);
  await writeFile(genesis, genesisText);

  const checked = await runCli(['--json', 'receipt', 'verify', path, '--genesis', genesis]);
  assert.equal(checked.code, 0, checked.stderr);
  const fields = jsonOf(checked);
  const hash = jsonOf(await runCli(['--json', 'network', 'show', genesis])).genesisHash;
  assert.deepEqual([fields.valid, fields.genesisChecked, fields.genesisHash], [true, true, hash]);
  assert.equal(fields.id, Buffer.from(objectId(facts)).toString('hex'));
  assert.deepEqual([fields.storers.length, fields.round.number, fields.setKeyRound.number], [3, 2, 3]);

  const alone = await runCli(['receipt', 'verify', path]);
  assert.equal(alone.code, 0, alone.stderr);
  assert.match(
    alone.stdout.toString(),
    /relied on, compare with another source:\n {2}genesis +[0-9a-f]{64} \(as/,
  );
  assert.match(alone.stderr, /anybody can make up a network. Give --genesis/);

  await writeFile(scratch.at('other.json'), placedReceipt(facts, 'another network').genesisText);
  const other = await runCli(['--json', 'receipt', 'verify', path, '--genesis', scratch.at('other.json')]);
  assert.deepEqual([other.code, jsonOf(other).valid, jsonOf(other).reason], [1, false, 'genesis']);

  await writeFile(path, Buffer.from(receipt).fill(0, receipt.length - 40));
  const damaged = await runCli(['receipt', 'verify', path]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout.toString(), /^does not hold: /);
  const missing = await runCli(['receipt', 'verify', scratch.at('none.bin')]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /no such file/);
});

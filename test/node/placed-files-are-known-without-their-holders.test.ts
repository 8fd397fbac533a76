import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectId } from '../../src/content/object-id.ts';
import { NetworkFiles } from '../../src/node/network/network-files.ts';
import { ChainLog } from '../support/chain-log.ts';
import { fileFacts, placedReceipt } from '../support/placed-receipt.ts';
import { openReading } from '../support/placed-reading.ts';
import { announceRecord, setKeyRecord, testNetwork } from '../support/test-network.ts';

const FILE = new Uint8Array(70_000).fill(7);
const OTHER = new Uint8Array(100).fill(8);

/** Files of a network whose log names the holders of one. */
function openFiles(): NetworkFiles {
  const network = testNetwork(5, { name: 'testnet' });
  const log = new ChainLog(network);
  const facts = fileFacts(FILE);
  log.add(announceRecord(network.primary, network.name, { facts }));
  log.add();
  log.add(setKeyRecord(log.chain, network, { facts, announced: 1n, storers: network.nodes.slice(1, 4) }));
  const { reader } = openReading(FILE, []);
  return new NetworkFiles({ genesis: network.genesis, log, chain: log.chain, reader, profile: 2 });
}

test('the size of a placed file is known from the log, and from a receipt, without asking a holder', async () => {
  const files = openFiles();
  const id = objectId(fileFacts(FILE));
  assert.equal((await files.stat(id, {})).sizeBytes, FILE.length);
  assert.equal((await files.stat(id, {})).storedBytes, 0);
  await assert.rejects(files.stat(objectId(fileFacts(OTHER)), {}), { code: 'PROVENDER_NOT_FOUND' });
});

test('a receipt of another file, or of another network, says nothing', async () => {
  const files = openFiles();
  const id = objectId(fileFacts(FILE));
  const foreign = placedReceipt(fileFacts(FILE), 'elsewhere').receipt;
  await assert.rejects(files.stat(id, { receipt: foreign }), { code: 'PROVENDER_INVALID' });
  await assert.rejects(files.stat(id, { receipt: new Uint8Array(10) }), { code: 'PROVENDER_INVALID' });
});

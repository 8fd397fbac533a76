import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { parseObjectId, objectIdHex } from '../../content/object-id.ts';
import { formatSize } from '../../node/units.ts';
import { type ReceiptFacts, type ReceiptRound, verifyReceipt } from '../../placement/receipt.ts';
import { noteFailure, withNode, withoutNode } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { readMessageFile } from '../message-file.ts';
import { readGenesis } from '../network/genesis-file.ts';
import type { Output } from '../output.ts';
import { PartialFile } from '../partial-file.ts';
import { receiptFields } from '../network/receipt-fields.ts';

/** `provender receipt`: what storers have signed for, checked without them. */
export function addReceipt(program: Command): void {
  const receipt = program
    .command('receipt')
    .description('Check receipts of placed files, or fetch one again.');
  addVerify(receipt);
  addGet(receipt);
}

function addVerify(receipt: Command): void {
  receipt
    .command('verify')
    .description(
      'Check a receipt and print what that relied on. Offline; exit code 0 it holds, 1 it does not.',
    )
    .argument('<receipt>', 'file of the receipt')
    .option(
      '--genesis <file>',
      'genesis file of the network; without it the receipt itself says which network',
    )
    .addHelpText(
      'after',
      `
A receipt shows that the storers were drawn by the lottery of its round and have signed for their replicas. Without the genesis
file anybody can make up a network: compare the hashes of genesis and rounds with another source.

Examples:
  provender receipt verify r.bin --genesis genesis.json
  provender --json receipt verify r.bin | jq -r '.storers[].storer'`,
    )
    .action(async (path: string, options: { readonly genesis?: string }, command: Command) => {
      await withoutNode(command, (output) => verify(path, options, output));
    });
}

function addGet(receipt: Command): void {
  receipt
    .command('get')
    .description('Have a primary make the receipt of a placed file again, from the log.')
    .argument('<id>', 'file id, 64 hex digits')
    .requiredOption('-o, --output <file>', 'where to write it')
    .addHelpText(
      'after',
      `
Examples:
  provender receipt get ID -o r.bin`,
    )
    .action(async (id: string, { output: path }: { readonly output: string }, command: Command) => {
      await withNode(command, async ({ client, output, signal }) => {
        await using file = await PartialFile.open(path);
        const bytes = await client.network.receipt(parseObjectId(id), { signal });
        await file.write(bytes);
        await file.publish();
        output.result({ id, file: path, sizeBytes: bytes.length }, path);
      });
    });
}

async function verify(path: string, options: { readonly genesis?: string }, output: Output): Promise<void> {
  const trust = options.genesis === undefined ? {} : { genesis: await readGenesis(options.genesis) };
  const verdict = verifyReceipt(await readMessageFile(path), trust);
  if (!verdict.ok) {
    const { reason, detail } = verdict;
    output.result({ valid: false, reason, detail }, `does not hold: ${reason}: ${detail}`);
    noteFailure(EXIT.failed);
    return;
  }
  const { facts } = verdict;
  output.result({ valid: true, ...receiptFields(facts) }, receiptText(facts));
  if (facts.isGenesisChecked) return;
  output.remark('the genesis is what the receipt says: anybody can make up a network. Give --genesis.');
}

function receiptText(facts: ReceiptFacts): string {
  const { id, sizeBytes, name, replicas, storers, primaryKey, networkId, genesisHash } = facts;
  return [
    `holds: file ${objectIdHex(id)} of ${formatSize(sizeBytes)}${name === '' ? '' : ` as ${name}`}, ${replicas} replicas`,
    ...storers.map(
      ({ place, leaf: { storerKey, region } }) =>
        `  storer ${place + 1}  ${bytesToHex(storerKey)}  region ${region}`,
    ),
    'relied on, compare with another source:',
    `  genesis   ${bytesToHex(genesisHash)}${facts.isGenesisChecked ? ' (the file given)' : ' (as the receipt says)'}`,
    `  network   ${bytesToHex(networkId)}`,
    `  primary   ${bytesToHex(primaryKey)}`,
    roundText('lottery', facts.round),
    roundText('SetKey', facts.setKeyRound),
  ].join('\n');
}

function roundText(what: string, { number, hash, unixMs }: ReceiptRound): string {
  return `  ${what.padEnd(8)}  round ${number}, ${bytesToHex(hash)}, ${new Date(Number(unixMs)).toISOString()}`;
}

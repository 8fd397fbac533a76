import type { Command } from 'commander';
import { type KeyFacts, makeNodeKeys, type NodeKeys, readNodeKeys } from '../../node/node-keys.ts';
import { withoutNode } from '../command-context.ts';
import type { Output } from '../output.ts';
import { addDataDirectoryOptions, configOf } from '../setting-options.ts';

/** `provender keys`: the keys of a data directory, without their private sides. */
export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('Show the keys of a data directory, or make them before the first start.');
  addShow(keys);
  addNew(keys);
}

function addShow(keys: Command): void {
  const command = keys
    .command('show')
    .description('Print public keys, fingerprints and paths; private keys are never printed.')
    .addHelpText(
      'after',
      `
Reads the files, needs no running node. The fingerprint is what this prints:
  openssl pkey -in FILE -pubout -outform DER | sha256sum

Examples:
  provender keys show
  provender keys show --data-dir /var/lib/provender
  provender --json keys show | jq -r .node.publicKey`,
    );
  addDataDirectoryOptions(command).action(async (_options: unknown, used: Command) => {
    await withoutNode(used, async (output) => {
      const { config } = await configOf(used);
      print(output, await readNodeKeys(config.dataDir));
    });
  });
}

function addNew(keys: Command): void {
  const command = keys
    .command('new')
    .description(
      'Make the keys of a data directory that has none, for instance to mount them in several pods.',
    )
    .addHelpText(
      'after',
      `
The first start makes them too: this is for those who want keys before there is a node. Replaces nothing: a key that is there
stays, and beside data whose key is missing none is made. Back the files up; without node.key the data cannot be served.

Examples:
  provender keys new --data-dir ./secrets
  kubectl create secret generic provender-keys --from-file=./secrets/keys`,
    );
  addDataDirectoryOptions(command).action(async (_options: unknown, used: Command) => {
    await withoutNode(used, async (output) => {
      const { config } = await configOf(used);
      print(output, await makeNodeKeys(config.dataDir));
      output.remark('back these files up, apart from the data');
    });
  });
}

function print(output: Output, { node, vrf }: NodeKeys): void {
  const missing = 'vrf   not there yet: a start makes it, or provender keys new';
  output.result(
    { node, ...(vrf === undefined ? {} : { vrf }) },
    [text('node', node), vrf === undefined ? missing : text('vrf', vrf)].join('\n'),
  );
}

function text(name: string, { publicKey, fingerprint, path }: KeyFacts): string {
  return `${name.padEnd(5)} ${publicKey}\n      SHA256 ${fingerprint}\n      ${path}`;
}

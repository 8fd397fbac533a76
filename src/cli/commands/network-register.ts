import { hexToBytes } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { ensureNodeKeys } from '../network/ensure-keys.ts';
import { registrationFields, registrationText } from '../network/registration-fields.ts';
import { makeRegistration } from '../../node/network/registration.ts';
import { parseSize } from '../../node/units.ts';
import { decodeRegisterNode } from '../../placement/registry/register-node.ts';
import { withoutNode } from '../command-context.ts';
import type { Output } from '../output.ts';
import { PartialFile } from '../partial-file.ts';
import { addDataDirectoryOptions, configOf } from '../setting-options.ts';
import { wholeNumber } from '../whole-number.ts';

type RegisterOptions = {
  readonly name: string;
  readonly address: string;
  readonly capacity: string;
  readonly output: string;
  readonly region: number;
  readonly httpPort: number;
  readonly nonce: number;
  readonly operator?: string;
  readonly owner?: string;
};

const GIB = 2 ** 30;

/** `provender network register`: the registration of a data directory, signed with its keys. */
export function addNetworkRegister(network: Command): void {
  const command = network
    .command('register')
    .description(
      'Make the registration of a node from the keys of its data directory, which it makes where there are none.',
    )
    .requiredOption('--name <name>', 'name of the network')
    .requiredOption('--address <host:port>', 'where other nodes reach its gRPC')
    .requiredOption('--capacity <size>', 'what it gives to the network, such as 64GiB; counts in whole GiB')
    .requiredOption('-o, --output <file>', 'where to write the registration')
    .option('--region <number>', 'failure domain', wholeNumber(0, 0xffff), 0)
    .option('--http-port <port>', 'where other nodes reach its HTTP; 0 for not', wholeNumber(0, 0xffff), 0)
    .option(
      '--operator <hex>',
      'who runs it, 32 bytes; one operator gets one replica of a file. Default: of the owner',
    )
    .option('--owner <hex>', 'account that it earns for, 20 bytes. Default: made of the node key')
    .option(
      '--nonce <number>',
      'above that of the registration before',
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
      1,
    )
    .addHelpText(
      'after',
      `
Nodes of one operator should say so with the same --operator: replicas of a file go to different ones.

Examples:
  provender network register --name mynet --data-dir ./n1 --address 10.0.0.1:7411 --capacity 1TiB -o n1.reg
  provender network register --name mynet --data-dir ./n2 --address node2.example:7411 --capacity 64GiB --region 2 -o n2.reg`,
    );
  addDataDirectoryOptions(command).action(async (options: RegisterOptions, used: Command) => {
    await withoutNode(used, (output) => register(options, used, output));
  });
}

async function register(options: RegisterOptions, command: Command, output: Output): Promise<void> {
  const { config } = await configOf(command);
  const capacityGiB = Math.floor(parseSize(options.capacity) / GIB);
  if (capacityGiB < 1) {
    const text = `--capacity ${options.capacity}: less than 1 GiB has no weight in the lottery`;
    throw new ProvenderError('PROVENDER_INVALID', text);
  }
  if (await ensureNodeKeys(config.dataDir)) output.remark(`made the keys of ${config.dataDir}; back them up`);
  const record = await makeRegistration({
    dataDir: config.dataDir,
    network: options.name,
    address: options.address,
    httpPort: options.httpPort,
    capacityGiB,
    region: options.region,
    nonce: BigInt(options.nonce),
    ...(options.owner !== undefined && { owner: parseBytes('--owner', options.owner, 20) }),
    ...(options.operator !== undefined && { operatorId: parseBytes('--operator', options.operator, 32) }),
  });
  await using file = await PartialFile.open(options.output);
  await file.write(record);
  await file.publish();
  const node = decodeRegisterNode(record);
  output.result({ ...registrationFields(node), file: options.output }, registrationText(node));
  output.remark(`registration in ${options.output}; found the network with: provender network init`);
}

function parseBytes(flag: string, text: string, size: number): Uint8Array {
  if (/^[0-9a-f]+$/i.test(text) && text.length === 2 * size) return hexToBytes(text.toLowerCase());
  throw new ProvenderError('PROVENDER_INVALID', `${flag} ${text}: is not ${size} bytes in hex`);
}

import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { addChannel } from './commands/channel.ts';
import { addClaim } from './commands/claim.ts';
import { addPayments } from './commands/payments-init.ts';
import { addPrice } from './commands/price.ts';
import { addSecret } from './commands/secret.ts';
import { addChunkGet } from './commands/chunk-get.ts';
import { addChunkPut } from './commands/chunk-put.ts';
import { addConfig } from './commands/config.ts';
import { addDevnet } from './commands/devnet.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGet } from './commands/get.ts';
import { addKeys } from './commands/keys.ts';
import { addInspect } from './commands/inspect.ts';
import { addLs } from './commands/ls.ts';
import { addNetwork } from './commands/network.ts';
import { addNodes } from './commands/nodes.ts';
import { addPlacement } from './commands/placement.ts';
import { addProve } from './commands/prove.ts';
import { addPut } from './commands/put.ts';
import { addReceipt } from './commands/receipt.ts';
import { addRm } from './commands/rm.ts';
import { addScrub } from './commands/scrub.ts';
import { addServe } from './commands/serve.ts';
import { addStat } from './commands/stat.ts';
import { addVerify } from './commands/verify.ts';
import { EXIT } from './exit-codes.ts';
import { addTlsOptions } from './node-tls.ts';
import { addPaymentOptions } from './payment-options.ts';

/** All commands. */
function makeProgram(): Command {
  const program = new Command('provender')
    .description('A storage node whose every byte can be proven: run one, put and get files and chunks.')
    .version(version())
    .addOption(
      new Option('--node <host:port>', 'node to talk to').env('PROVENDER_NODE').default('127.0.0.1:7411'),
    )
    .option('--json', 'print each result as one JSON object')
    .option('-q, --quiet', 'print results only')
    .showHelpAfterError('(add --help for examples)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  provender serve                     run a node on ./provender-data
  provender put README.md             put a file, prints its id
  provender get ID -o copy.md         get it back
  provender prove ID -o proof.bin     have the node prove that it holds it
  provender doctor                    check machine, settings and a running node

Exit codes: 0 good, 1 failed, 2 wrong use or setting, 3 not found, 4 corrupt, 5 over quota, 6 node away or busy, 130 interrupted.`,
    );
  addTlsOptions(program);
  addPaymentOptions(program);
  addCommands(program);
  return program;
}

/** In the order in which the help shows them. */
function addCommands(program: Command): void {
  addServe(program);
  addPut(program);
  addGet(program);
  addStat(program);
  addLs(program);
  addRm(program);
  addProve(program);
  addVerify(program);
  addInspect(program);
  const chunk = program.command('chunk').description('Put and get chunks of at most 4096 bytes.');
  addChunkPut(chunk);
  addChunkGet(chunk);
  addScrub(program);
  addDoctor(program);
  addConfig(program);
  addKeys(program);
  addNetwork(program);
  addNodes(program);
  addPlacement(program);
  addReceipt(program);
  addChannel(program);
  addClaim(program);
  addPrice(program);
  addPayments(program);
  addSecret(program);
  addDevnet(program);
}

/** Runs the command line. The exit code of what went wrong is left in `process.exitCode`. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endWithReader);
  try {
    await makeProgram().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // help and version end the same way as wrong use, with exit code 0; commander has printed all there is to say
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

/** Whoever reads our output has enough of it, like `head`: no failure of ours. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}

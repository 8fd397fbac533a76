import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { parseSize } from '../../node/units.ts';
import type { ProvenderClient, ScrubResult, ScrubStatus } from '../../rpc/client/index.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import {
  damageCures,
  damageLine,
  differenceLine,
  isUsageRight,
  resultFields,
  resultLine,
  statusFields,
  statusLines,
} from '../scrub-report.ts';

type ScrubOptions = {
  readonly rate?: string;
  readonly deep?: boolean;
  readonly restart?: boolean;
  readonly detach?: boolean;
};

/** `provender scrub`: has the node check all that it holds, and follows that. */
export function addScrub(program: Command): void {
  const scrub = program
    .command('scrub')
    .description(
      'Have the node check every stored byte against its tree, and wait for the end. For operators.',
    )
    .option('--rate <size>', 'bytes per second at most, such as 50MiB; 0 for no bound; else as configured')
    .option('--deep', 'decode replicas too: all that a get would check')
    .option('--restart', 'give up an unfinished round and begin from the start')
    .option('--detach', 'start it and do not wait')
    .option('--progress', 'show progress in a pipe too, a line for each 10 %')
    .addHelpText(
      'after',
      `
An unfinished round is joined, and resumed when it is paused. Ctrl-C leaves it running in the node: see scrub pause and scrub stop.
Exit codes: 0 no damage, 4 damage was found or the usage is not what is held, 1 somebody gave up the round.

Examples:
  provender scrub
  provender scrub --rate 0
  provender scrub --deep --detach
  provender scrub status
  provender scrub pause
  provender --json scrub | jq .damage`,
    )
    .action(async (options: ScrubOptions, command: Command) => {
      await withNode(command, (context) => run(options, context));
    });
  addVerb(scrub, 'status', 'Say what the scrubber does and has found.', (client, signal) =>
    client.scrub.status({ signal }),
  );
  addVerb(scrub, 'pause', 'Pause the round, also over restarts of the node.', (client, signal) =>
    client.scrub.pause({ signal }),
  );
  addVerb(scrub, 'resume', 'Let a paused round go on where it was.', (client, signal) =>
    client.scrub.resume({ signal }),
  );
  addVerb(scrub, 'stop', 'Give up the round and forget where it was.', (client, signal) =>
    client.scrub.stop({ signal }),
  );
}

function addVerb(
  scrub: Command,
  name: string,
  description: string,
  call: (client: ProvenderClient, signal: AbortSignal) => Promise<ScrubStatus>,
): void {
  scrub
    .command(name)
    .description(description)
    .addHelpText('after', `\nExample:\n  provender scrub ${name}`)
    .action(async (_options: unknown, command: Command) => {
      await withNode(command, async ({ client, output, signal }) => {
        const status = await call(client, signal);
        output.result(statusFields(status), statusLines(status).join('\n'));
      });
    });
}

async function run(options: ScrubOptions, context: CommandContext): Promise<void> {
  const { client, output, signal } = context;
  const { rate, deep, restart, detach } = options;
  const start = {
    isDeep: deep === true,
    isRestart: restart === true,
    ...(rate !== undefined && { bytesPerSecond: parseSize(rate) }),
  };
  const started = await client.scrub.start(start, { signal });
  if (detach === true) {
    output.result(statusFields(started), statusLines(started).join('\n'));
    return;
  }
  let ended: ScrubStatus;
  try {
    ended = await follow(started, context);
  } catch (error) {
    if (signal.aborted)
      output.remark('the scrub goes on in the node; see: provender scrub status, pause, stop');
    throw error;
  }
  report(ended, started.startedUnixMs, output);
}

/** Waits until no round runs any more, and shows how far it is. */
async function follow(
  started: ScrubStatus,
  { client, output, signal, progressStyle }: CommandContext,
): Promise<ScrubStatus> {
  if (started.state === 'idle') return started;
  let checked = started.counts.checkedBytes;
  let isPaused = false;
  using progress = new Progress(
    progressStyle,
    'checking',
    Math.max(0, started.expected.storedBytes - checked),
  );
  for await (const status of client.scrub.watch({ signal })) {
    if (status.state === 'idle') return status;
    progress.add(Math.max(0, status.counts.checkedBytes - checked));
    checked = status.counts.checkedBytes;
    if (status.state === 'paused' && !isPaused)
      output.remark('somebody paused it; go on: provender scrub resume');
    isPaused = status.state === 'paused';
  }
  signal.throwIfAborted();
  throw new ProvenderError(
    'PROVENDER_CLOSED',
    'the node is shutting down; the scrub goes on when it is back',
  );
}

function report({ last, damage }: ScrubStatus, startedUnixMs: number | undefined, output: Output): void {
  if (last === undefined || (startedUnixMs !== undefined && last.startedUnixMs !== startedUnixMs))
    throw new ProvenderError('PROVENDER_CONFLICT', 'the round was given up by somebody else');
  const isClean = last.counts.damaged === 0 && isUsageRight(last.difference);
  output.result({ isClean, ...resultFields(last), damage }, reportText(last, damage));
  for (const cure of damageCures(damage)) output.remark(cure);
  if (last.counts.damaged > damage.length)
    output.remark(
      `${last.counts.damaged - damage.length} more are in the log of the node: event scrub-damage`,
    );
  if (!isClean) process.exitCode = EXIT.corrupt;
}

function reportText(last: ScrubResult, damage: ScrubStatus['damage']): string {
  const { difference } = last;
  const usage = difference === undefined || isUsageRight(difference) ? [] : [differenceLine(difference)];
  return [...damage.map(damageLine), ...usage, resultLine(last)].join('\n');
}

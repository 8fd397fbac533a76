import { type Command, Option } from 'commander';
import { OBJECT_KIND, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { KIND_NAMES, shareFields } from '../share-fields.ts';

type LsOptions = {
  readonly kind: (typeof KIND_NAMES)[number];
  readonly after?: string;
  readonly limit?: string;
};

/** Entries that one call may bring. */
const PAGE = 1000;

/** `provender ls`: all that a node holds, in pages. */
export function addLs(program: Command): void {
  program
    .command('ls')
    .description('List what the node holds, in ascending order of ids: id, bytes, chunks.')
    .addOption(new Option('--kind <kind>', 'what to list').choices(KIND_NAMES).default('file'))
    .option('--after <id>', 'start behind this id')
    .option('--limit <count>', 'at most this many entries; the last id then goes on with --after')
    .addHelpText(
      'after',
      `
Examples:
  provender ls
  provender ls --kind collection
  provender ls --limit 100 --after ID
  provender --json ls | jq -s 'map(.storedBytes) | add'`,
    )
    .action(async (options: LsOptions, command: Command) => {
      await withNode(command, (context) => list(options, context));
    });
}

async function list(options: LsOptions, { client, output, signal }: CommandContext): Promise<void> {
  const { after } = options;
  let left = parseLimit(options.limit);
  const query = {
    kind: OBJECT_KIND[options.kind],
    limit: Math.min(PAGE, left),
    ...(after === undefined ? {} : { after: parseObjectId(after) }),
  };
  for await (const page of client.listPages(query, { signal })) {
    for (const stat of page.slice(0, left)) {
      const id = objectIdHex(stat.id);
      const text = `${id}  ${String(stat.sizeBytes).padStart(12)}  ${stat.count}`;
      output.result(shareFields(stat), output.quiet ? id : text);
    }
    left -= page.length;
    if (left <= 0) return;
  }
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new ProvenderError('PROVENDER_INVALID', `--limit ${text}: is no whole number above 0`);
}

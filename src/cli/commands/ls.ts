import { type Command, Option } from 'commander';
import { OBJECT_KIND, objectIdHex } from '../../content/object-id.ts';
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
    .description(
      'List what the node holds: id, bytes, chunks. Files and collections in ascending order of ids.',
    )
    .addOption(new Option('--kind <kind>', 'what to list').choices(KIND_NAMES).default('file'))
    .option('--after <mark>', 'start behind this id, or, for chunks, where a list with --limit ended')
    .option('--limit <count>', 'at most this many entries; says how to go on when there are more')
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
    ...(after === undefined ? {} : { after: parseMark(after) }),
  };
  for (let next: Uint8Array | undefined; ; ) {
    const page = await client.listFiles(
      { ...query, limit: Math.min(PAGE, left), ...(next && { after: next }) },
      { signal },
    );
    for (const stat of page.shares) {
      const id = objectIdHex(stat.id);
      const text = `${id}  ${String(stat.sizeBytes).padStart(12)}  ${stat.count}`;
      output.result(shareFields(stat), output.quiet ? id : text);
    }
    left -= page.shares.length;
    next = page.next;
    if (next === undefined) return;
    if (left <= 0) return output.remark(`more: --after ${Buffer.from(next).toString('hex')}`);
  }
}

function parseMark(text: string): Uint8Array {
  if (/^(?:[0-9a-f]{2}){1,64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  throw new ProvenderError('PROVENDER_INVALID', `--after ${text}: is no id and no mark of a list`);
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new ProvenderError('PROVENDER_INVALID', `--limit ${text}: is no whole number above 0`);
}

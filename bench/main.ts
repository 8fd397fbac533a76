import { fileURLToPath } from 'node:url';
import { givenCeph } from '../test/support/ceph-presence.ts';
import { type BenchCommand, readArguments } from './arguments.ts';
import { benchmarks } from './benchmarks.ts';
import type { Benchmark } from './framework/benchmark.ts';
import { CephSource } from './framework/ceph-source.ts';
import { missedGoals, type Report } from './framework/report.ts';
import { runBenchmark } from './framework/run-benchmark.ts';
import { formatConditions, formatTable } from './framework/table.ts';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));
/** How long the daemons of Ceph may go on with what lies behind their answers before the next case begins. */
const REST_LIMIT_MS = { quick: 300, full: 5000 } as const;
const EXIT = { good: 0, goalMissed: 1, usage: 2, failed: 3, interrupted: 130 } as const;

function help(): string {
  const names = benchmarks.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`);
  return `Usage: npm run bench -- NAME... [options]

${names.join('\n')}
  ${'all'.padEnd(18)} all of them, one after the other

Options:
  --quick            keep every row and shorten the rounds
  --json             print the report as JSON, one object per benchmark and line
  --strict           exit with 1 when a goal is missed (0 otherwise)
  --rounds N         rounds per row
  --chunks N         chunks of 4 KiB per round of chunks-vs-files and proofs
  --stall-seconds N  how long memory watches stalled readers
  --dir DIR          where the stores lie, to measure another disk (default bench/results)
  --ceph-conf FILE   cluster to measure on (default PROVENDER_CEPH_CONF, else one that is started for the run)
  --results DIR      where reports and charts go (default bench/results)

Examples:
  npm run bench -- merkle
  npm run bench -- chunks-vs-files --chunks 20000 --dir /mnt/disk
  npm run bench -- all --quick

Reports and charts are called NAME.json and NAME.svg; bench/README.md says what the rows mean.
`;
}

function choose(names: readonly string[]): readonly Benchmark[] {
  const known = ['all', ...benchmarks.map(({ name }) => name)];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`no benchmark "${unknown}", known are ${known.join(', ')}`);
  return names.includes('all') ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
}

function print(report: Report, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const missed = missedGoals(report);
  const verdict =
    missed.length === 0
      ? 'No goal is missed.'
      : `MISSED: ${missed.map((row) => `${row.case} ${row.ratio?.toFixed(2)} of ${row.goal}`).join('; ')}`;
  process.stdout.write(
    `\n${report.bench}, conditions:\n${formatConditions(report)}\n\n${formatTable(report.rows)}\n\n${verdict}\n`,
  );
}

async function runAll(
  command: BenchCommand,
  chosen: readonly Benchmark[],
  signal: AbortSignal,
): Promise<boolean> {
  await using ceph = new CephSource({
    given: command.cephConf ?? givenCeph(),
    restLimitMs: command.options.quick ? REST_LIMIT_MS.quick : REST_LIMIT_MS.full,
  });
  const places = { work: command.directory ?? RESULTS, results: command.results ?? RESULTS, ceph };
  let isMissed = false;
  for (const benchmark of chosen) {
    const { name, needsCeph = false } = benchmark;
    if (needsCeph && ceph.lack !== undefined && !command.names.includes(name)) {
      ceph.leaveOut(`benchmark ${name}`);
      continue;
    }
    const report = await runBenchmark(benchmark, command.options, places, signal);
    print(report, command.json);
    isMissed ||= missedGoals(report).length > 0;
  }
  for (const text of ceph.leftOut) process.stderr.write(`${text}\n`);
  return isMissed;
}

async function main(): Promise<number> {
  let command: BenchCommand;
  let chosen: readonly Benchmark[];
  try {
    command = readArguments(process.argv.slice(2));
    chosen = choose(command.names);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help()}`);
    return EXIT.usage;
  }
  if (command.help || chosen.length === 0) {
    process.stdout.write(help());
    return command.help ? EXIT.good : EXIT.usage;
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
  try {
    const isMissed = await runAll(command, chosen, stop.signal);
    return isMissed && command.strict ? EXIT.goalMissed : EXIT.good;
  } catch (error) {
    process.stderr.write(
      `\n${error instanceof Error ? (stop.signal.aborted ? error.message : error.stack) : String(error)}\n`,
    );
    return stop.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
}

process.exit(await main());

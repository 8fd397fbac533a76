import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { CephSource } from './ceph-source.ts';
import type { Benchmark, BenchOptions } from './benchmark.ts';
import { drawChart } from './chart.ts';
import { collectConditions } from './conditions.ts';
import { Progress } from './progress.ts';
import { type Report, reportSchema } from './report.ts';
import { Workspace } from './workspace.ts';

/** Where a run may write, and the cluster that it may use. */
export interface RunPlaces {
  /** Stores of the run; made and removed in it. */
  readonly work: string;
  /** Reports and charts; they stay. */
  readonly results: string;
  readonly ceph: CephSource;
}

async function writeResults(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${report.bench}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(folder, `${report.bench}.svg`), drawChart(report));
}

/**
 * Runs one benchmark and writes its report and its chart. Its folders and processes are gone when this ends, also by `signal`.
 * @throws the reason of `signal` when it fires
 */
export async function runBenchmark(
  benchmark: Benchmark,
  options: BenchOptions,
  { work, results, ceph }: RunPlaces,
  signal: AbortSignal,
): Promise<Report> {
  await using workspace = await Workspace.open(work);
  const progress = new Progress(benchmark.name, process.stderr);
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const conditions = await collectConditions(workspace.root, options.quick ? 'quick' : 'full');
  try {
    const outcome = await Promise.race([benchmark.run({ options, workspace, progress, ceph }), interrupted]);
    const report = reportSchema.parse({
      bench: benchmark.name,
      conditions: {
        ...conditions,
        ...outcome.conditions,
        loadAfter: loadavg()[0]?.toFixed(2) ?? '',
      },
      rows: outcome.rows,
    });
    await writeResults(results, report);
    return report;
  } finally {
    progress.end();
  }
}

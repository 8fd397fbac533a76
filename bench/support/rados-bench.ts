import { once } from 'node:events';
import { cpuOfEndedChildren, cpuOfThreads, TICK_MS } from '../framework/process-cpu.ts';
import type { RunningProgram, Workspace } from '../framework/workspace.ts';
import { parseReadOutput, parseWriteOutput, type RadosBenchFigures } from './rados-bench-output.ts';
import type { RadosPlace } from '../framework/rados-place.ts';

/** What `rados bench` shall do. */
export type RadosBenchTask = {
  readonly inFlight: number;
  /** It starts no operation later. */
  readonly seconds: number;
  /** Names the set of objects that a read finds again. */
  readonly runName: string;
} & (
  | { readonly verb: 'write'; readonly sizeBytes: number; readonly maxObjects: number }
  /** `rand` reads whole objects in random order, `seq` each once. */
  | { readonly verb: 'rand' | 'seq' }
);

/** What it did, and what that took. */
export interface RadosBenchRun extends RadosBenchFigures {
  /** CPU between its first operation and its last, core-ms; connecting and going are not in it. */
  readonly cpuMs: number;
}

/** Readings of two ended processes, each cut off at whole ticks, of user and of system time. */
const COARSE_MS = 4 * TICK_MS;

function argumentsOf({ confFile, user, pool, namespace }: RadosPlace, task: RadosBenchTask): string[] {
  const place = ['-c', confFile, '--user', user, '-p', pool, '-N', namespace];
  const run = ['-t', String(task.inFlight), '--run-name', task.runName, '--format', 'json'];
  const more =
    task.verb === 'write'
      ? ['-b', String(task.sizeBytes), '--max-objects', String(task.maxObjects), '--no-cleanup']
      : ['--no-verify']; // we do not compare in the timed part either
  return [...place, 'bench', String(task.seconds), task.verb, ...run, ...more];
}

/** Output and CPU of a run. */
async function watch(program: RunningProgram): Promise<{ stdout: string; cpuMs: number }> {
  const endedBefore = cpuOfEndedChildren();
  let stdout = '';
  let stderr = '';
  const readings: number[] = [];
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    // It writes when it begins and when it has done, and still lives for some ms then.
    readings.push(cpuOfThreads(program.pid ?? 0));
  });
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(program, 'close');
  if (code !== 0) throw new Error(`rados bench ended with ${signal ?? `code ${code}`}: ${stderr}${stdout}`);
  const whole = cpuOfEndedChildren() - endedBefore;
  const [start, end] = [readings[0], readings.at(-1)];
  if (start === undefined || end === undefined || readings.length < 2)
    throw new Error(`rados bench wrote all at once, its CPU is not known: ${stdout.slice(0, 200)}`);
  // A reading that came too late lacks the threads that had ended; then the coarse sum is the better one.
  return { stdout, cpuMs: (Math.abs(whole - end) <= COARSE_MS ? end : whole) - start };
}

/**
 * Runs `rados bench` to its end. Nothing else that this process started may end meanwhile: its CPU would be counted in.
 * @throws Error with its output when it fails or says what is not understood
 */
export async function runRadosBench(
  workspace: Workspace,
  place: RadosPlace,
  task: RadosBenchTask,
): Promise<RadosBenchRun> {
  const env = { ...process.env, CEPH_ARGS: '' };
  const { stdout, cpuMs } = await watch(workspace.run('rados', argumentsOf(place, task), env));
  const figures = task.verb === 'write' ? parseWriteOutput(stdout) : parseReadOutput(stdout);
  return { ...figures, cpuMs };
}

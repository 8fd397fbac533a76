import { parseArgs } from 'node:util';
import type { BenchOptions } from './framework/benchmark.ts';

/** What the command line asks for. */
export interface BenchCommand {
  /** Benchmarks to run; empty for the list. */
  readonly names: readonly string[];
  readonly options: BenchOptions;
  readonly json: boolean;
  readonly strict: boolean;
  readonly help: boolean;
  /** Folder of the stores; `bench/results` when absent. */
  readonly directory?: string;
  /** Folder of reports and charts; `bench/results` when absent. */
  readonly results?: string;
  /** ceph.conf of a cluster to measure on; one of our own when absent. */
  readonly cephConf?: string;
}

function count(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError(`--${name} ${text}: must be a whole number from 1`);
  return { [name.replace('stall-seconds', 'stallSeconds')]: Number(text) };
}

/**
 * Reads the command line.
 * @throws RangeError or TypeError with a text for people when it is wrong
 */
export function readArguments(argv: readonly string[]): BenchCommand {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      rounds: { type: 'string' },
      chunks: { type: 'string' },
      'stall-seconds': { type: 'string' },
      dir: { type: 'string' },
      results: { type: 'string' },
      'ceph-conf': { type: 'string' },
    },
  });
  return {
    names: positionals,
    options: {
      quick: values.quick,
      ...count('rounds', values.rounds),
      ...count('chunks', values.chunks),
      ...count('stall-seconds', values['stall-seconds']),
    },
    json: values.json,
    strict: values.strict,
    help: values.help,
    ...(values.dir === undefined ? {} : { directory: values.dir }),
    ...(values.results === undefined ? {} : { results: values.results }),
    ...(values['ceph-conf'] === undefined ? {} : { cephConf: values['ceph-conf'] }),
  };
}

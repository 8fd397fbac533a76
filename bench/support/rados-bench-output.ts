import { z } from 'zod';

const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number);
const count = z.string().regex(/^\d+$/).transform(Number);
const common = { total_time_run: number, object_size: count };

const written = z.object({
  ...common,
  op_size: count,
  object_prefix: z.string().min(1),
  total_writes_made: count,
  write_size: count,
});
const read = z.object({ ...common, total_reads_made: count, read_size: count });

/** What `rados bench ... --format json` says of a run. */
export interface RadosBenchFigures {
  readonly operations: number;
  readonly seconds: number;
  /** Bytes of one operation. */
  readonly operationBytes: number;
  /** Objects are called `PREFIX_objectN`, N from 0; of writes only. */
  readonly prefix?: string;
}

/** All that it writes to its standard output: this line when it begins, and one line of JSON at its end. */
const OUTPUT = /^hints = 1\n(\{.*\})\s*$/s;

function parseJson(output: string): unknown {
  const json = OUTPUT.exec(output)?.[1];
  if (json === undefined)
    throw new Error(`rados bench wrote what is not known here: ${output.slice(0, 500)}`);
  return JSON.parse(json);
}

function checked(figures: RadosBenchFigures, output: string): RadosBenchFigures {
  if (figures.operations < 1 || figures.seconds <= 0)
    throw new Error(`rados bench did nothing: ${output.slice(0, 500)}`);
  return figures;
}

/**
 * Reads the output of `rados bench SECONDS write`.
 * @throws Error or ZodError when it is not exactly what is expected: another version may count otherwise
 */
export function parseWriteOutput(output: string): RadosBenchFigures {
  const it = written.parse(parseJson(output));
  if (it.write_size !== it.object_size || it.op_size !== it.object_size)
    throw new Error(`rados bench wrote pieces of ${it.write_size} bytes to objects of ${it.object_size}`);
  const figures = {
    operations: it.total_writes_made,
    seconds: it.total_time_run,
    operationBytes: it.write_size,
  };
  return checked({ ...figures, prefix: it.object_prefix }, output);
}

/**
 * Reads the output of `rados bench SECONDS rand` or `seq`.
 * @throws Error or ZodError when it is not exactly what is expected
 */
export function parseReadOutput(output: string): RadosBenchFigures {
  const it = read.parse(parseJson(output));
  if (it.read_size !== it.object_size)
    throw new Error(`rados bench read ${it.read_size} bytes of objects of ${it.object_size}`);
  const figures = {
    operations: it.total_reads_made,
    seconds: it.total_time_run,
    operationBytes: it.read_size,
  };
  return checked(figures, output);
}

/** Bytes that `rados bench` puts in object `index`, whatever its run. */
export function radosBenchContent(index: number, sizeBytes: number): Uint8Array {
  const bytes = Buffer.alloc(sizeBytes, 'z');
  bytes.write(`I'm the ${String(index).padStart(16)}th op!\0`);
  return bytes;
}

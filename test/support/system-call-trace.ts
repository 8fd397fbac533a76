import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A system call that came back without an error. */
export interface SystemCall {
  readonly name: string;
  /** Paths of the call in order: those of its file descriptors and those it names. */
  readonly paths: readonly string[];
  /** Line of the trace where it was entered and where it came back: another call came before when its end is below this start. */
  readonly start: number;
  readonly end: number;
  /** Text of the call, cut. */
  readonly text: string;
}

const CALLS =
  'openat,write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat';
const LIMIT_MS = 60_000;

/** Runs a script of the tests under strace and gives its calls. Fails, loudly, where tracing is not allowed. */
export async function traceScript(
  script: string,
  options: { args: readonly string[]; output: string },
): Promise<SystemCall[]> {
  const { args, output } = options;
  const strace = ['-f', '-y', '-s', '200', '-e', `trace=${CALLS}`, '-o', output];
  await promisify(execFile)('strace', [...strace, process.execPath, '--import', 'tsx', script, ...args], {
    timeout: LIMIT_MS,
  });
  const calls = parseTrace(await readFile(output, 'utf8'));
  assert.ok(calls.length > 0, 'strace traced nothing: is ptrace allowed?');
  return calls;
}

/** Reads the output of `strace -f -y -o`. Calls that another thread interrupted are put together. */
function parseTrace(text: string): SystemCall[] {
  const unfinished = new Map<string, { text: string; start: number }>();
  const calls: SystemCall[] = [];
  text.split('\n').forEach((line, number) => {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text: rest.slice(0, -'<unfinished ...>'.length), start: number });
      return;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const before = unfinished.get(thread);
    if (resumed !== null && before !== undefined) {
      unfinished.delete(thread);
      calls.push(...asCall(`${before.text}${resumed[1] ?? ''}`, before.start, number));
    } else {
      calls.push(...asCall(rest, number, number));
    }
  });
  return calls.toSorted((a, b) => a.start - b.start);
}

function asCall(text: string, start: number, end: number): SystemCall[] {
  const name = /^(\w+)\(/.exec(text)?.[1];
  if (name === undefined || / = -1 /.test(text)) return [];
  const places = text.matchAll(/\d+<([^>]*)>|"((?:[^"\\]|\\.)*)"/g);
  const paths = [...places].map(([, descriptor, named]) => descriptor ?? named ?? '');
  return [{ name, paths, start, end, text }];
}

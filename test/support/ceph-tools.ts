import { execFile } from 'node:child_process';
import { confFileOf } from './ceph-config.ts';

const LIMIT_MS = 60_000;
const CONNECT_LIMIT_S = 20;
const OUTPUT_LIMIT_BYTES = 256 * 1024 * 1024;
/** Settings of whoever runs the tests that would reach the daemons: an address sanitizer, another cluster. */
const FOREIGN_VARIABLES = [
  'LD_PRELOAD',
  'ASAN_OPTIONS',
  'TSAN_OPTIONS',
  'CEPH_ARGS',
  'CEPH_CONF',
  'CEPH_KEYRING',
];

/** A program that did not end well; the message holds the command and all that it wrote. */
class CephToolError extends Error {
  override readonly name = 'CephToolError';
}

/** How a program is run. */
export interface ToolOptions {
  readonly input?: string | Uint8Array;
  /** It is killed after this time. */
  readonly limitMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output
 * @throws CephToolError with the command and its output when it does not end with 0 in time
 */
export async function runTool(
  command: string,
  args: readonly string[],
  { input = '', limitMs = LIMIT_MS, env = {} }: ToolOptions = {},
): Promise<Buffer> {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLES.includes(name));
  return await new Promise((resolve, reject) => {
    const options = {
      env: { ...Object.fromEntries(inherited), ...env },
      timeout: limitMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: OUTPUT_LIMIT_BYTES,
      encoding: 'buffer' as const,
    };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const why = error.killed === true ? `no end within ${limitMs} ms` : `exit code ${error.code ?? 'none'}`;
      const output = `${stdout.subarray(0, 10_000).toString()}${stderr.toString()}`;
      reject(new CephToolError(`${[command, ...args].join(' ')}: ${why}\n${output}`.trimEnd()));
    });
    child.stdin?.on('error', () => undefined); // one that reads no input closes it; its exit code says the rest
    child.stdin?.end(input);
  });
}

/** The command line tools of Ceph, acting as `client.admin` of one cluster. */
export class CephTools {
  /** Configuration of the cluster. */
  readonly confFile: string;

  constructor(confFile: string) {
    this.confFile = confFile;
  }

  /** Tools of the cluster in a folder. */
  static in(folder: string): CephTools {
    return new CephTools(confFileOf(folder));
  }

  /**
   * Runs `ceph ARGS --format json`.
   *
   * @returns the parsed answer; undefined when there is none
   */
  async admin(args: readonly string[], options: ToolOptions = {}): Promise<unknown> {
    const text = await this.adminText([...args, '--format', 'json'], options);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Runs `ceph ARGS`. @returns what it wrote, without blanks around it; some commands know no JSON */
  async adminText(args: readonly string[], options: ToolOptions = {}): Promise<string> {
    const all = ['-c', this.confFile, '--connect-timeout', String(CONNECT_LIMIT_S), ...args];
    return (await runTool('ceph', all, options)).toString().trim();
  }

  /** Runs `rados ARGS`. @returns its standard output */
  async rados(args: readonly string[], options: ToolOptions = {}): Promise<Buffer> {
    return await runTool('rados', ['-c', this.confFile, ...args], options);
  }
}

import { ERROR_CODES, type ErrorCode } from '../content/error-codes.ts';
import { isProvenderError } from '../content/provender-error.ts';
import { redact } from '../telemetry/redact.ts';
import { EXIT, exitCodeFor } from './exit-codes.ts';

/** How a command speaks. */
export interface OutputOptions {
  /** One JSON object per result on standard output; errors as JSON on standard error. */
  readonly json: boolean;
  /** Results only. */
  readonly quiet: boolean;
}

/** What a command prints: results on standard output, words about them on standard error. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;

  constructor({ json, quiet }: OutputOptions) {
    this.json = json;
    this.quiet = quiet;
  }

  /** Prints one result: `fields` with `--json`, else `text`. */
  result(fields: Readonly<Record<string, unknown>>, text: string): void {
    process.stdout.write(`${this.json ? stringify(fields) : text}\n`);
  }

  /** Prints a remark for people; silent with `--quiet` and `--json`. */
  remark(text: string): void {
    if (!this.quiet && !this.json) process.stderr.write(`${text}\n`);
  }

  /** Prints an error, what to do about it, and gives the exit code that belongs to it. @param exitCode - for commands that have their own */
  failure(error: unknown, exitCode: (code: ErrorCode) => number = exitCodeFor): number {
    const code: ErrorCode = isProvenderError(error) ? error.code : 'PROVENDER_INTERNAL';
    const message = error instanceof Error ? error.message : String(error);
    const { cure, retryable } = ERROR_CODES[code];
    if (this.json) {
      const details = isProvenderError(error) ? error.details : {};
      process.stderr.write(`${stringify({ error: { code, message, retryable, cure, details } })}\n`);
    } else {
      process.stderr.write(`provender: ${code}: ${message}\n  ${cure}\n`);
      if (code === 'PROVENDER_INTERNAL' && error instanceof Error && !isProvenderError(error))
        process.stderr.write(`${error.stack ?? ''}\n`);
    }
    return isProvenderError(error) ? exitCode(code) : EXIT.failed;
  }
}

function stringify(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(redact({ ...fields }));
}

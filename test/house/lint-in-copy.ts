import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What the lint says about one place: the file below the root of the copy, the rule, and the hint it prints. */
export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly hint: string;
}

/** A throw-away tree with this checkout's lint rules and the files that a test plants in it. */
export class LintedCopy implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes an empty tree that holds the rules only. */
  static async create(): Promise<LintedCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'provender-lint-'));
    for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
      await cp(join(ROOT, name), join(folder, name));
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new LintedCopy(folder);
  }

  /** Writes a file; folders are made as needed. */
  async plant(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.#folder, path)), { recursive: true });
    await writeFile(join(this.#folder, path), text);
  }

  /** Lints the whole tree. */
  lint(): Finding[] {
    return lint(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

/** Runs the lint over a tree. @returns its findings, empty when it is clean */
export function lint(folder: string): Finding[] {
  const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, '--format=json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    const report: { diagnostics: { filename: string; code: string; message: string; help?: string }[] } =
      JSON.parse(stdout);
    return report.diagnostics.map(({ filename, code, message, help }) => ({
      file: filename,
      rule: code,
      hint: `${message} ${help ?? ''}`,
    }));
  } catch (cause) {
    throw new Error(`the lint gave no report: ${stdout.slice(0, 500)} ${stderr}`, { cause });
  }
}

import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { syncDirectory } from '../../node/durable-file.ts';
import { withoutNode } from '../command-context.ts';
import { localError } from '../local-error.ts';

const SECRET_SIZE = 32;

/** `provender secret new`: random bytes that only their owner may read. */
export function addSecret(program: Command): void {
  const secret = program.command('secret').description('Make secrets; they are never printed.');
  secret
    .command('new')
    .description('Write 32 random bytes into a new file of mode 0600, and print its path.')
    .argument('[file]', 'where; replaces nothing', 'provender.secret')
    .addHelpText(
      'after',
      `
Examples:
  provender secret new
  provender secret new /etc/provender/token.secret`,
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      await withoutNode(command, async (output) => {
        const path = resolve(file);
        await writeSecret(path);
        output.result({ path }, path);
      });
    });
}

async function writeSecret(path: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(randomBytes(SECRET_SIZE));
    await file.sync();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw localError(path, error);
    throw new ProvenderError(
      'PROVENDER_EXISTS',
      `${path}: is there; a secret is never replaced, choose another name`,
      {
        cause: error,
      },
    );
  }
  await syncDirectory(dirname(path));
}

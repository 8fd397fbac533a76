import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { decodeHead } from '../../objects/head.ts';
import { tagName } from '../../objects/tag.ts';
import { decodeCommitment } from '../../proof/commitment.ts';
import { MESSAGE_COMMITMENT, MESSAGE_REPLICA_PROOF } from '../../proof/message-header.ts';
import { readProof } from '../../proof/read-proof.ts';
import { Rejection } from '../../proof/verdict.ts';
import { withoutNode } from '../command-context.ts';
import { readMessageFile } from '../message-file.ts';
import { commitmentFields, fieldLines, proofFields } from '../proof-fields.ts';

/** `provender inspect FILE`: prints a message as people read it. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description(
      'Print a commitment, a proof, or the head of a stored share. Needs no node; checks a signature and no proof.',
    )
    .argument('<file>', 'what to look at; its first bytes tell what it is')
    .addHelpText(
      'after',
      `
Examples:
  provender inspect c.bin
  provender --json inspect proof.bin | jq .layers`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      await withoutNode(command, async (output) => {
        const fields = fieldsOf(path, await readMessageFile(path));
        output.result(fields, fieldLines(fields));
      });
    });
}

/** @throws ProvenderError `PROVENDER_INVALID` for what is no message or a broken one, `PROVENDER_UNSUPPORTED` for a type that is not known */
function fieldsOf(path: string, bytes: Uint8Array): Record<string, unknown> {
  if (Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'PVH') {
    const { tag, commitment, statement } = decodeHead(bytes);
    return { ...commitmentFields(commitment, statement), type: 'head', tag: tagName(tag) };
  }
  const [version, type] = bytes;
  if (version !== 1)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `${path}: no message; those of version 1 start with the byte 1`,
    );
  if (type === MESSAGE_COMMITMENT) return commitmentFields(bytes, decodeCommitment(bytes));
  if (type === MESSAGE_REPLICA_PROOF) return readFields(path, bytes);
  const known = `${MESSAGE_REPLICA_PROOF} (proof) and ${MESSAGE_COMMITMENT} (commitment)`;
  throw new ProvenderError(
    'PROVENDER_UNSUPPORTED',
    `${path}: message type ${type ?? 'missing'}; known are ${known}`,
  );
}

function readFields(path: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    return proofFields(readProof(bytes));
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    throw new ProvenderError('PROVENDER_INVALID', `${path}: proof: ${error.message}`, { cause: error });
  }
}

import { randomBytes } from 'node:crypto';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { PROOF_FORM, PROOF_MODE } from '../../proof/challenge.ts';
import { decodeCommitment } from '../../proof/commitment.ts';
import { profileName } from '../../proof/profile.ts';
import type { CheckedProof, ProvenderClient } from '../../rpc/client/index.ts';
import type { ShareQuestion } from '../../shares/shares.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { PartialFile } from '../partial-file.ts';
import { formName, modeName, parseHash, parseLeaves } from '../proof-fields.ts';

type ProveOptions = {
  readonly output: string;
  readonly beacon?: string;
  readonly k: string;
  readonly relation?: boolean;
  readonly commitment?: string;
};

/** `provender prove ID`: has the node prove that it holds something, and keeps the proof. */
export function addProve(program: Command): void {
  program
    .command('prove')
    .description('Have the node prove that it holds a file, a collection or a chunk, and write the proof.')
    .argument('<id>', 'object id, 64 hex digits')
    .requiredOption('-o, --output <file>', 'where the proof goes')
    .option('--commitment <file>', 'where the signed commitment goes, which a check needs too')
    .option('--beacon <hex>', '32 bytes that the node could not know before; random ones when not given')
    .option('--k <leaves>', 'leaves to draw, 1 to 128: damage of a share d is found with 1 - (1 - d)^k', '66')
    .option('--relation', 'open all layers, so that the proof shows the encoding too')
    .addHelpText(
      'after',
      `
A chunk inside a collection is proven by its collection. The proof is checked before it is written.

Examples:
  provender prove ID -o proof.bin --commitment c.bin
  provender prove ID --beacon $(openssl rand -hex 32) --k 8 -o proof.bin
  provender prove ID --relation -o proof.bin --commitment c.bin`,
    )
    .action(async (id: string, options: ProveOptions, command: Command) => {
      await withNode(command, (context) => prove(id, options, context));
    });
}

async function prove(idText: string, options: ProveOptions, context: CommandContext): Promise<void> {
  const { client, output, signal } = context;
  const beacon =
    options.beacon === undefined ? new Uint8Array(randomBytes(32)) : parseHash('--beacon', options.beacon);
  const form = options.relation === true ? PROOF_FORM.relation : PROOF_FORM.possession;
  const challenge = { mode: PROOF_MODE.audit, form, k: parseLeaves(options.k), beacon };
  const question = { id: parseObjectId(idText), challenge };
  const answer = await proveAny(client, question, signal);
  await keep(options.output, answer.proof);
  if (options.commitment !== undefined) await keep(options.commitment, answer.commitment);
  const fields = fieldsOf(question, answer);
  output.result(
    { ...fields, proof: options.output, ...(options.commitment && { commitment: options.commitment }) },
    `${options.output}: ${answer.proof.length} bytes, ${challenge.k} leaves drawn, beacon ${bytesToHex(beacon)}`,
  );
  if (options.beacon === undefined)
    output.remark(
      'the beacon was drawn here, at random; whoever checks the proof later has to take your word',
    );
  if (answer.collection !== undefined)
    output.remark(
      `the chunk is number ${answer.collection.position} of collection ${objectIdHex(answer.collection.id)}, which is proven`,
    );
}

/** An id says nothing of its kind, and the node keeps files apart from chunks and collections. */
async function proveAny(
  client: ProvenderClient,
  question: ShareQuestion,
  signal: AbortSignal,
): Promise<CheckedProof> {
  const proof = await client.verifyFile(question, { signal }).catch((error: unknown) => {
    if (!isProvenderError(error, 'PROVENDER_NOT_FOUND')) throw error;
    return client.verifyShare(question, { signal });
  });
  const { verdict } = proof;
  if (verdict?.ok === true) return proof;
  const why = verdict === undefined ? 'was not checked' : `${verdict.reason}: ${verdict.detail}`;
  throw new ProvenderError(
    'PROVENDER_CORRUPT',
    `the proof that the node gave is not valid (${why}); nothing was written`,
  );
}

async function keep(target: string, bytes: Uint8Array): Promise<void> {
  await using file = await PartialFile.open(target);
  await file.write(bytes);
  await file.publish();
}

function fieldsOf({ id, challenge }: ShareQuestion, answer: CheckedProof): Record<string, unknown> {
  const { commitment, proof, collection } = answer;
  const { storerKey, profile } = decodeCommitment(commitment);
  return {
    id: objectIdHex(id),
    ...(collection && { collection: objectIdHex(collection.id), position: collection.position }),
    storer: bytesToHex(storerKey),
    profile: profileName(profile),
    mode: modeName(challenge.mode),
    form: formName(challenge.form),
    k: challenge.k,
    beacon: bytesToHex(challenge.beacon),
    proofBytes: proof.length,
  };
}

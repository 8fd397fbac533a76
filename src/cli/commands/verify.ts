import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { PROOF_FORM } from '../../proof/challenge.ts';
import { checkProof, type ProofExpectation, type SignedProof } from '../../proof/check-proof.ts';
import { decodeCommitment } from '../../proof/commitment.ts';
import { profileName } from '../../proof/profile.ts';
import { type ReplicaProof, readProof } from '../../proof/read-proof.ts';
import { type Verdict, verdictOf } from '../../proof/verdict.ts';
import { noteFailure, withoutNode } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { readMessageFile } from '../message-file.ts';
import type { Output } from '../output.ts';
import { formName, modeName, parseHash, parseLeaves } from '../proof-fields.ts';
import { kindName } from '../share-fields.ts';

type VerifyOptions = {
  readonly proof: string;
  readonly commitment: string;
  readonly beacon?: string;
  readonly k?: string;
  readonly relation?: boolean;
  readonly object?: string;
  readonly storer?: string;
};

/** Verbatim what a proof may be said to show. @see proof-of-replication.md, section 12 */
const CLAIM =
  'A valid proof shows that the storer could, at audit time, produce random parts of an encoding of this object bound to its key. ' +
  'It makes pretending to hold several replicas more expensive than holding them under stated price and audit-rate assumptions; ' +
  'it does not make it impossible.';

/** `provender verify`: checks a proof from its bytes, without a node. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'Check a proof and the signature of its commitment. Offline; exit code 0 valid, 1 not valid.',
    )
    .requiredOption('--proof <file>', 'the proof')
    .requiredOption('--commitment <file>', 'the signed commitment of the storer')
    .option(
      '--beacon <hex>',
      'the beacon that was asked with; without it nothing shows that the proof is fresh',
    )
    .option('--k <leaves>', 'leaves that were asked for; as many as the proof says when not given')
    .option('--relation', 'accept only a proof that opens all layers')
    .option('--object <id>', 'object that has to be proven; for a chunk inside a collection, the collection')
    .option('--storer <hex>', 'node key that has to have proven it')
    .addHelpText(
      'after',
      `
${CLAIM}

Examples:
  provender verify --proof proof.bin --commitment c.bin --beacon HEX --object ID
  provender --json verify --proof proof.bin --commitment c.bin | jq -r .reason`,
    )
    .action(async (options: VerifyOptions, command: Command) => {
      await withoutNode(command, (output) => verify(options, output));
    });
}

async function verify(options: VerifyOptions, output: Output): Promise<void> {
  const asked = {
    ...(options.beacon !== undefined && { beacon: parseHash('--beacon', options.beacon) }),
    ...(options.k !== undefined && { k: parseLeaves(options.k) }),
    ...(options.relation === true && { form: PROOF_FORM.relation }),
  };
  const who = {
    ...(options.object !== undefined && { id: parseObjectId(options.object) }),
    ...(options.storer !== undefined && { storerKey: parseHash('--storer', options.storer) }),
  };
  const signed = {
    proof: await readMessageFile(options.proof),
    commitment: await readMessageFile(options.commitment),
  };
  let found: ReplicaProof | undefined;
  const read = verdictOf(() => {
    found = readProof(signed.proof);
  });
  if (found === undefined) return report(read, {}, output);
  const { mode, form, k, beacon } = found;
  const expected = { challenge: { mode, form, k, beacon, ...asked }, ...who };
  const verdict = checkProof(signed, expected);
  const facts = { ...challengeFacts(expected), beaconGiven: options.beacon !== undefined };
  report(verdict, verdict.ok ? { ...storedFacts(signed), ...facts } : facts, output);
}

function challengeFacts({ challenge }: ProofExpectation): Record<string, unknown> {
  return {
    mode: modeName(challenge.mode),
    form: formName(challenge.form),
    k: challenge.k,
    beacon: bytesToHex(challenge.beacon),
  };
}

/** What a commitment says that has been checked. */
function storedFacts({ commitment }: SignedProof): Record<string, unknown> {
  const { id, kind, sizeBytes, profile, storerKey } = decodeCommitment(commitment);
  return {
    object: objectIdHex(id),
    kind: kindName(kind),
    sizeBytes,
    profile: profileName(profile),
    storer: bytesToHex(storerKey),
  };
}

function report(verdict: Verdict, facts: Readonly<Record<string, unknown>>, output: Output): void {
  if (!verdict.ok) {
    const { reason, detail } = verdict;
    output.result({ valid: false, reason, detail, ...facts }, `not valid: ${reason}: ${detail}`);
    noteFailure(EXIT.failed);
    return;
  }
  const { kind, object, sizeBytes, storer, form, k, profile } = facts;
  const opened = form === 'whole' ? 'the whole replica' : `${String(k)} leaves drawn, ${String(form)}`;
  output.result(
    { valid: true, ...facts },
    `valid: ${String(kind)} ${String(object)} of ${String(sizeBytes)} bytes, held by ${String(storer)} in profile ${String(profile)} (${opened})`,
  );
  if (facts['beaconGiven'] !== true)
    output.remark(
      'the beacon is that of the proof itself: nothing shows that the proof is fresh. Give --beacon.',
    );
}

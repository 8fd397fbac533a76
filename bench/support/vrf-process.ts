import { ed25519 } from '@noble/curves/ed25519.js';
import * as reference from '../../src/vrf/ecvrf.ts';
import * as chosen from '../../src/vrf/kernels.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { perCoreSecond } from './rate.ts';

/** Who proves and checks: the plain reference, or the addon. */
export type VrfPathName = 'TypeScript' | 'native';
/** What is measured. */
export type VrfVerb = 'prove' | 'verify';

/** Proofs that are made or checked in turn. */
const COUNT = 32;
const PATHS = { TypeScript: reference, native: chosen } as const;
const SECRET = content(1, 32);
const PUBLIC = ed25519.getPublicKey(SECRET);
const INPUTS = Array.from({ length: COUNT }, (_, i) => content(2 + i, 32));
const PROOFS = INPUTS.map((input) => chosen.proveVrf(SECRET, input));
const SIGNATURES = INPUTS.map((input) => ed25519.sign(input, SECRET));

/** Answers per second of one core, question by question. */
function rateOf(minMs: number, answer: (i: number) => boolean): number {
  let next = 0;
  return perCoreSecond(minMs, () => {
    if (!answer(next++ % COUNT)) throw new Error('a good proof or signature was refused');
    return 1;
  });
}

function of(all: readonly Uint8Array[], i: number): Uint8Array {
  return all[i] ?? new Uint8Array();
}

const commands = {
  /** Whether there is a native path to measure. */
  isNative: async () => chosen.vrfKernelInfo().native,
  /** Proofs made or checked per second of one core; checks are strict, of the key too. */
  rate: async ({ verb, by, minMs }: { verb: VrfVerb; by: VrfPathName; minMs: number }) => {
    const { proveVrf, verifyVrf } = PATHS[by];
    if (verb === 'prove') return rateOf(minMs, (i) => proveVrf(SECRET, of(INPUTS, i)).length > 0);
    return rateOf(minMs, (i) => verifyVrf(PUBLIC, of(INPUTS, i), of(PROOFS, i)) !== undefined);
  },
  /** Ed25519 signatures that noble checks per second of one core. */
  noble: async ({ minMs }: { minMs: number }) =>
    rateOf(minMs, (i) => ed25519.verify(of(SIGNATURES, i), of(INPUTS, i), PUBLIC)),
};

/** What this process can do. */
export type VrfCommands = typeof commands;

serveCommands(commands);

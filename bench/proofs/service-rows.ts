import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { type Judgement, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';
import { cpuOf } from '../support/measured-call.ts';
import { MB } from '../support/rate.ts';
import { caseOf, type Profile, PROFILES } from './service-cases.ts';

/** One-leaf proofs per second that a core of the node is asked for. */
const PROOFS_PER_CORE = 3000;
/** Wall time of one file over that of encoding or decoding it alone is asked to be 1.3 at most. */
const OVERLAP_GOAL = 0.77;
/** What a one-leaf proof may read from the store. */
const LEAF_PROOF_BYTES = 64 * 1024;
const BASE = 'none';

/** Measured beside the service in the same rounds. */
export const BESIDE = {
  one: 'SHA-256 bandwidth beside the service, one chain',
  many: 'SHA-256 bandwidth R beside the service',
  alone: (verb: 'encode' | 'decode', { name }: Profile): string => `${name}: ${verb} one file, workers alone`,
  storeBytes: ({ name }: Profile): string => `${name}: read from the store for a one-leaf proof`,
} as const;

/** What hashing alone would allow one core: R / A, of one chain or of all lanes. */
function limit(
  rounds: Rounds,
  { passes, hashed }: Profile,
  at: { chains: 'one' | 'many'; perChunk: boolean },
): Judgement {
  const chains = passes === 0 ? 'many' : at.chains;
  const scale = at.perChunk ? MB / BLOCK_SIZE : 1;
  const what = `${chains === 'one' ? 'R of one chain' : 'R'} / ${hashed} of one core`;
  return { peer: { what, values: rounds.get(BESIDE[chains]).map((r) => (r / hashed) * scale) } };
}

function movingRows(rounds: Rounds, profile: Profile): Row[] {
  const chunks = (name: string, chains: 'one' | 'many'): Row =>
    toRow(
      { case: name, unit: 'chunks/s', values: rounds.get(name) },
      limit(rounds, profile, { chains, perChunk: true }),
    );
  const files = (name: string): Row =>
    toRow(
      { case: name, unit: 'MB/s', values: rounds.get(name) },
      limit(rounds, profile, { chains: 'many', perChunk: false }),
    );
  return [
    chunks(caseOf.setEach(profile), 'one'),
    chunks(caseOf.getEach(profile), 'many'),
    chunks(caseOf.setBatched(profile), 'many'),
    chunks(caseOf.getBatched(profile), 'many'),
    files(caseOf.setFiles(profile)),
    files(caseOf.getFiles(profile)),
  ];
}

/** One file beside its encoding alone: what is not hashing has to happen meanwhile. */
function loneRows(rounds: Rounds, profile: Profile): Row[] {
  const row = (name: string, verb: 'encode' | 'decode'): Row[] => {
    const series = { case: name, unit: 'MB/s', values: rounds.get(name) };
    if (profile.passes === 0) return [toRow(series)];
    const what = BESIDE.alone(verb, profile);
    const goal = profile.passes === 2 ? { goal: OVERLAP_GOAL } : {};
    return [toRow(series, { peer: { what, values: rounds.get(what) }, ...goal })];
  };
  return [...row(caseOf.setOne(profile), 'encode'), ...row(caseOf.getOne(profile), 'decode')];
}

function provingRows(rounds: Rounds, profile: Profile): Row[] {
  const row = (name: string): Row => toRow({ case: name, unit: 'proofs/s', values: rounds.get(name) });
  const perCore = (name: string, isAsked: boolean): Row => {
    const values = rounds.get(cpuOf.server(name)).map((ms) => 1000 / ms);
    const series = { case: `${name}, per core of the node`, unit: 'proofs/s', values };
    const peer = {
      what: `asked for: ${PROOFS_PER_CORE} per core`,
      values: values.map(() => PROOFS_PER_CORE),
    };
    return toRow(series, isAsked ? { peer, goal: 1 } : { peer });
  };
  const names = [caseOf.proveEach(profile), caseOf.proveBatched(profile), caseOf.proveFiles(profile)];
  const shares: readonly string[] = names.slice(0, 2);
  return [
    ...names.flatMap((name) => [row(name), perCore(name, shares.includes(name))]),
    ...(profile.passes === 0 ? [] : [row(caseOf.initFiles(profile))]),
  ];
}

/** CPU of both ends beside that of plain bytes. */
function costRows(rounds: Rounds, profile: Profile): Row[] {
  const base = PROFILES.find(({ name }) => name === BASE) ?? profile;
  const cost = (of: (profile: Profile) => string, unit: string, scale: number): Row => {
    const series = (one: Profile) => rounds.get(cpuOf.both(of(one))).map((ms) => ms * scale);
    const row = { case: cpuOf.both(of(profile)), unit, values: series(profile) };
    if (profile.name === base.name) return toRow(row);
    return toRow(row, { peer: { what: cpuOf.both(of(base)), values: series(base) }, better: 'lower' });
  };
  return [
    cost(caseOf.setEach, 'core-us/chunk', 1000),
    cost(caseOf.getEach, 'core-us/chunk', 1000),
    cost(caseOf.setBatched, 'core-us/chunk', 1000),
    cost(caseOf.getBatched, 'core-us/chunk', 1000),
    cost(caseOf.setFiles, 'core-ms/MB', 1),
    cost(caseOf.getFiles, 'core-ms/MB', 1),
  ];
}

/** Memory of the node, and what the smallest proof of the largest object reads. */
function memoryRows(rounds: Rounds, profile: Profile): Row[] {
  const memory = [caseOf.setMemory(profile), caseOf.getMemory(profile)].map((name) =>
    toRow({ case: name, unit: 'MiB', values: rounds.get(name) }),
  );
  if (profile.passes === 0) return memory;
  const name = BESIDE.storeBytes(profile);
  const values = rounds.get(name);
  const peer = { what: 'asked for: 64 KiB at most', values: values.map(() => LEAF_PROOF_BYTES) };
  return [...memory, toRow({ case: name, unit: 'bytes', values }, { peer, goal: 1, better: 'lower' })];
}

/** Rows of the service: what moves, one file alone, proofs, CPU, memory. */
export function serviceRows(rounds: Rounds): readonly Row[] {
  const all = (rows: (rounds: Rounds, profile: Profile) => readonly Row[]): Row[] =>
    PROFILES.flatMap((profile) => rows(rounds, profile));
  return [...all(movingRows), ...all(loneRows), ...all(provingRows), ...all(costRows), ...all(memoryRows)];
}

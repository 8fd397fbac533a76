import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Child } from '../framework/child.ts';
import { toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import { Rounds, rotate } from '../framework/rounds.ts';
import type { VrfCommands, VrfPathName, VrfVerb } from '../support/vrf-process.ts';
import type { OpenPlacementSection } from './section.ts';

const PROCESS = new URL('../support/vrf-process.ts', import.meta.url);
const OPENSSL = 'Ed25519 verify, `openssl speed`';
const NOBLE = 'Ed25519 verify, noble';

interface Case {
  readonly by: VrfPathName;
  readonly verb: VrfVerb;
  readonly peer: string;
  /** Part of the peer's rate that is asked for; 2.3 and 2.6 times the time of openssl. @see storer-selection.md, section 1, "Performance facts" */
  readonly goal: number;
}

const CASES: readonly Case[] = [
  { by: 'native', verb: 'prove', peer: OPENSSL, goal: 0.43 },
  { by: 'native', verb: 'verify', peer: OPENSSL, goal: 0.38 },
  { by: 'TypeScript', verb: 'prove', peer: NOBLE, goal: 0.45 },
  { by: 'TypeScript', verb: 'verify', peer: NOBLE, goal: 0.4 },
];

const nameOf = ({ verb, by }: Case): string =>
  `VRF, ${verb === 'prove' ? 'prove' : 'strict verify'}, ${by}, per core`;

/** Checks per second of the openssl command, `undefined` where it is not installed. It counts seconds on the core, as we do. */
async function opensslRate(seconds: number): Promise<number | undefined> {
  try {
    const args = ['speed', '-seconds', String(seconds), '-mr', 'ed25519'];
    const { stdout } = await promisify(execFile)('openssl', args);
    const perSecond = /^\+F\d+:\d+:253:Ed25519:[\d.]+:([\d.]+)$/m.exec(stdout)?.[1];
    return perSecond === undefined ? undefined : Number(perSecond);
  } catch {
    return undefined; // the rows of the native path then stand alone
  }
}

async function measure(
  child: Child<VrfCommands>,
  { cases, rounds }: { cases: readonly Case[]; rounds: Rounds },
  minMs: number,
): Promise<void> {
  for (const it of cases) {
    const { verb, by } = it;
    rounds.add(nameOf(it), await child.call('rate', { verb, by, minMs }));
    if (it.verb !== 'prove') continue; // the peer once, between the two cases that it stands beside
    const peer = by === 'native' ? await opensslRate(Math.ceil(minMs / 1000)) : undefined;
    if (peer !== undefined) rounds.add(OPENSSL, peer);
    if (by === 'TypeScript') rounds.add(NOBLE, await child.call('noble', { minMs }));
  }
}

function rowOf(rounds: Rounds, it: Case): Row {
  const series = { case: nameOf(it), unit: 'proofs/s', values: rounds.get(nameOf(it)) };
  if (!rounds.has(it.peer)) return toRow(series);
  return toRow(series, { peer: { what: it.peer, values: rounds.get(it.peer) }, goal: it.goal });
}

function rowsOf(rounds: Rounds, cases: readonly Case[]): Row[] {
  const peers = [OPENSSL, NOBLE].filter((name) => rounds.has(name));
  return [
    ...peers.map((name) => toRow({ case: name, unit: 'checks/s', values: rounds.get(name) })),
    ...cases.map((it) => rowOf(rounds, it)),
  ];
}

/** Proofs of the lottery, made and checked on one core, beside checks of Ed25519 signatures. */
export const openVrf: OpenPlacementSection = async ({ workspace }, { minMs, rounds: count }) => {
  const child = await workspace.start<VrfCommands>('vrf', PROCESS);
  const isNative = await child.call('isNative', undefined);
  const cases = CASES.filter(({ by }) => isNative || by === 'TypeScript');
  await measure(child, { cases, rounds: new Rounds() }, minMs / 4);
  const rounds = new Rounds();
  return {
    rounds: count,
    conditions: {
      vrfInputs: '32 inputs of 32 bytes in turn, one key, which each check decodes and checks again',
    },
    steps: (round) => [
      {
        name: `VRF, round ${round + 1}`,
        run: () => measure(child, { cases: rotate(cases, round), rounds }, minMs),
      },
    ],
    rows: () => rowsOf(rounds, cases),
    stop: () => child.kill(),
  };
};

import { type Judgement, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';
import {
  caseOf,
  cpuOf,
  daemonCpuOf,
  DEPTHS,
  LARGE,
  peerOf,
  type Size,
  SIZES,
  SMALL,
  STORE_DEPTH,
  type Verb,
  VERBS,
} from './cases.ts';

/** @see native-addon.md, section 10; object-layout.md, section 10 */
const GOAL = { rate: 0.95, limitKept: 1, setChunk: 0.9, getChunk: 0.75 } as const;
/** Client CPU of one operation. */
const READ_LIMIT_US = 30;
/** For writes this many times what `rados bench` takes, where that is more. */
const WRITE_FACTOR = 1.5;
/** Operations in flight for which there are goals. */
const JUDGED = new Map<Size, number>([
  [SMALL, 64],
  [LARGE, 16],
]);

const CPU_UNIT = 'us/op';

/** Rows of one run. */
class Rows {
  readonly #rounds: Rounds;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
  }

  /** A case against another one of the same rounds. */
  against(name: string, peer: string, unit: string, more: Omit<Judgement, 'peer'> = {}): Row {
    const judgement = { peer: { what: peer, values: this.#rounds.get(peer) }, ...more };
    return toRow({ case: name, unit, values: this.#rounds.get(name) }, judgement);
  }

  operation(size: Size, verb: Verb, depth: number): Row[] {
    const name = caseOf.operation(size, verb, depth);
    const isJudged = JUDGED.get(size) === depth;
    const cpu = this.against(cpuOf(name), cpuOf(peerOf(name)), CPU_UNIT, { better: 'lower' });
    return [
      this.against(name, peerOf(name), size.unit, isJudged ? { goal: GOAL.rate } : {}),
      cpu,
      ...(isJudged && size === SMALL ? [this.#limited(name, verb)] : []),
    ];
  }

  /** Client CPU against the most that is allowed. */
  #limited(name: string, verb: Verb): Row {
    const theirs = this.#rounds.get(cpuOf(peerOf(name)));
    const isWrite = verb === 'write_full';
    const limits = theirs.map((us) => (isWrite ? Math.max(READ_LIMIT_US, WRITE_FACTOR * us) : READ_LIMIT_US));
    const what = isWrite
      ? `limit: ${WRITE_FACTOR} x rados bench, or ${READ_LIMIT_US} us where that is more`
      : `limit: ${READ_LIMIT_US} us`;
    const series = {
      case: `${cpuOf(name)}, within its limit`,
      unit: CPU_UNIT,
      values: this.#rounds.get(cpuOf(name)),
    };
    return toRow(series, { peer: { what, values: limits }, better: 'lower', goal: GOAL.limitKept });
  }

  batches(): Row[] {
    const { readMany, readSingly } = caseOf;
    const goal = GOAL.limitKept;
    return [
      this.against(readMany, readSingly, SMALL.unit, { goal }),
      this.against(cpuOf(readMany), cpuOf(readSingly), CPU_UNIT, { better: 'lower', goal }),
    ];
  }

  /** The store's calls against the operations that they are made of, at the same number in flight. */
  storeCalls(): Row[] {
    const write = peerOf(caseOf.operation(SMALL, 'write_full', STORE_DEPTH));
    const read = caseOf.operation(SMALL, 'random read', STORE_DEPTH);
    return [
      this.against(caseOf.setChunk, write, SMALL.unit, { goal: GOAL.setChunk }),
      this.against(caseOf.getChunk, read, SMALL.unit, { goal: GOAL.getChunk }),
      this.against(caseOf.publish, write, SMALL.unit),
      ...[caseOf.setChunk, caseOf.getChunk, caseOf.publish].map((name) =>
        toRow({ case: cpuOf(name), unit: CPU_UNIT, values: this.#rounds.get(cpuOf(name)) }),
      ),
    ];
  }

  daemons(size: Size, verb: Verb, depth: number): Row {
    const name = caseOf.operation(size, verb, depth);
    return this.against(daemonCpuOf(name), daemonCpuOf(peerOf(name)), CPU_UNIT, { better: 'lower' });
  }
}

/** All rows: each operation and its CPU, batches, then what the daemons took where goals are judged. */
export function radosRows(rounds: Rounds): readonly Row[] {
  const rows = new Rows(rounds);
  const cases = SIZES.flatMap((size) => VERBS.map((verb) => ({ size, verb })));
  return [
    ...cases.flatMap(({ size, verb }) => DEPTHS.flatMap((depth) => rows.operation(size, verb, depth))),
    ...rows.batches(),
    ...rows.storeCalls(),
    ...cases.map(({ size, verb }) => rows.daemons(size, verb, JUDGED.get(size) ?? DEPTHS[0])),
  ];
}

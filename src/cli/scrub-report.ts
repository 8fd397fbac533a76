import { formatSize } from '../node/units.ts';
import type { ScrubDamage, ScrubResult, ScrubStatus } from '../rpc/client/index.ts';

type Difference = NonNullable<ScrubResult['difference']>;

/** `chunks` is a name that is masked in all output, since elsewhere it stands for their bytes. */
function counted<T extends { readonly chunks: number }>({
  chunks: loneChunks,
  ...others
}: T): Record<string, unknown> {
  return { ...others, loneChunks };
}

/** What `--json` tells of a round that ended. */
export function resultFields({ counts, difference, ...others }: ScrubResult): Record<string, unknown> {
  return {
    ...others,
    counts: counted(counts),
    ...(difference !== undefined && { difference: counted(difference) }),
  };
}

/** What `--json` tells of a status. */
export function statusFields({ counts, expected, last, ...others }: ScrubStatus): Record<string, unknown> {
  return {
    ...others,
    counts: counted(counts),
    expected: counted(expected),
    ...(last !== undefined && { last: resultFields(last) }),
  };
}

/** One line about something damaged. */
export function damageLine({ kind, key, object, block, reason }: ScrubDamage): string {
  const place = block === undefined ? key : `${key}, block ${block}`;
  return `damaged ${kind}: ${place} of ${object}: ${reason}`;
}

/** What to do about damage, a sentence for each cure that is needed. */
export function damageCures(damage: readonly ScrubDamage[]): string[] {
  const isRecord = ({ kind }: ScrubDamage): boolean => kind === 'head' || kind === 'catalog';
  const removable = damage.filter((one) => !isRecord(one));
  const objects = [...new Set(removable.map(({ object }) => object))];
  const cures = objects.map(
    (object) => `set it again from another copy: provender rm ${object}, then provender put`,
  );
  if (removable.length < damage.length)
    cures.push('a head or the catalog is damaged: see "Damaged data" in docs/operations.md');
  return cures;
}

/** Tells whether counted and stored are the same, or could not be compared. */
export function isUsageRight(difference: Difference | undefined): boolean {
  return difference === undefined || Object.values(difference).every((value) => value === 0);
}

/** A line about usage that is not what was counted. */
export function differenceLine({ storedBytes, chunks, files, collections }: Difference): string {
  return `usage differs: counted minus stored is ${storedBytes} bytes, ${chunks} chunks, ${files} files, ${collections} collections`;
}

/** How a round ended, in one line. */
export function resultLine({ counts, finishedUnixMs, startedUnixMs, isDeep }: ScrubResult): string {
  const { files, collections, chunks, checkedBytes, damaged } = counts;
  const seconds = Math.round((finishedUnixMs - startedUnixMs) / 1000);
  const verdict = damaged === 0 ? 'no damage' : `${damaged} damaged`;
  return `${verdict}: ${files} files, ${collections} collections, ${chunks} chunks, ${formatSize(checkedBytes)}${isDeep ? ', decoded' : ''}, in ${seconds} s`;
}

/** The status for people, a line for each fact. */
export function statusLines(status: ScrubStatus): string[] {
  const { state, phase, counts, expected, bytesPerSecond, etaSeconds, trouble, last, nextUnixMs } = status;
  const done = `${formatSize(counts.checkedBytes)} of about ${formatSize(expected.storedBytes)}`;
  const left = etaSeconds === undefined ? '' : `, ${Math.ceil(etaSeconds)} s left`;
  const bound = bytesPerSecond === 0 ? 'no bound' : `${formatSize(bytesPerSecond)}/s at most`;
  const lines = [`state    ${state}${phase === undefined ? '' : ` (${phase}), ${done}, ${bound}${left}`}`];
  if (trouble !== undefined) lines.push(`trouble  ${trouble}`);
  lines.push(...status.damage.map(damageLine));
  if (last !== undefined)
    lines.push(`last     ${new Date(last.finishedUnixMs).toISOString()}, ${resultLine(last)}`);
  if (last?.difference !== undefined && !isUsageRight(last.difference))
    lines.push(differenceLine(last.difference));
  if (nextUnixMs !== undefined) lines.push(`next     ${new Date(nextUnixMs).toISOString()}`);
  return lines;
}

import { decodeClaim } from '../messages/claim.ts';
import type { ReplicaKeeper } from '../ports.ts';
import type { RoundLog } from '../rounds/round-log.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import { hasExpired } from './announced.ts';
import type { DurableRecord } from './durable-record.ts';
import type { PendingName } from './pending-replica.ts';
import type { ReplicaRecords } from './replica-records.ts';
import { saidOf, storerRound } from './round-records.ts';

/** What settles pending records. */
export interface SettlingParts {
  readonly log: RoundLog;
  readonly keeper: ReplicaKeeper;
  readonly records: ReplicaRecords;
}

/**
 * Brings every pending record to its end after a restart: placed when a SetKey of the log names it, dropped when one does not, when time has run out,
 * or when its Commit never went out.
 *
 * @returns those of which the log may still speak
 * @throws ProvenderError as log, keeper and state store do; what is settled by then stays settled
 */
export async function settlePending(parts: SettlingParts): Promise<readonly PendingName[]> {
  const open: PendingName[] = [];
  for (const record of await parts.records.pending()) {
    const { id, round } = decodeClaim(record.claim);
    const name = { id, round, bytes: record.claim };
    if (await isOpen(parts, name, record)) open.push(name);
  }
  return open;
}

async function isOpen(
  parts: SettlingParts,
  name: PendingName,
  { isCommitted }: DurableRecord,
): Promise<boolean> {
  const { log, keeper, records } = parts;
  const setKeyRound = await spokenIn(log, name);
  if (setKeyRound !== undefined && setKeyRound.isPlaced) {
    await records.place(name.id, { claim: name.bytes, setKeyRound: setKeyRound.number });
    return false;
  }
  // A log that forks proves nothing: the SetKey may be in the other branch.
  const isOver = setKeyRound !== undefined || hasExpired(name.round, log.head().number);
  if (isCommitted && (!isOver || log.fault() !== undefined)) return true;
  await keeper.drop(name.id);
  await records.forget(name.id);
  return false;
}

/** The round whose SetKey is about the object, among those that may have one. */
async function spokenIn(
  log: RoundLog,
  name: PendingName,
): Promise<{ readonly number: bigint; readonly isPlaced: boolean } | undefined> {
  const last = name.round - 1n + ANNOUNCE_ROUNDS;
  const head = log.head().number;
  for (let number = name.round; number <= head && number <= last; number++) {
    const said = saidOf(storerRound(await log.get(number)), name);
    if (said !== undefined) return { number, ...said };
  }
  return undefined;
}

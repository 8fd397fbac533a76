import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import type { PlacementEvents } from '../../placement/primary/placement-events.ts';
import type { ReadingEvents } from '../../placement/reading/reading-events.ts';
import type { RoundEvents } from '../../placement/rounds/round-events.ts';
import type { StorerEvents } from '../../placement/storer/storer-events.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { briefly } from '../brief-error.ts';

/** Tells what a primary reports to log and metrics. */
export function primaryEvents({ log, metrics: { placement } }: Telemetry): PlacementEvents {
  return {
    claim: (verdict) => placement.answered('claim', verdict),
    assign: (verdict) => placement.sent('assign', verdict),
    served: (bytes) => placement.content('out', bytes),
    commit: (verdict) => placement.answered('commit', verdict),
    prove: (verdict) => placement.answered('prove', verdict),
    promotion: (reason) => placement.promoted(reason),
    attempt: (attempt) => placement.attempt(attempt),
    ended: (outcome, { durationMs, attempt }) => {
      placement.placed(outcome, durationMs);
      log.info(
        { event: 'placement-ended', outcome, attempt, ms: Math.round(durationMs) },
        'a placement ended',
      );
    },
    passedOver: (primaryKey, { id, better }) => {
      const primary = bytesToHex(primaryKey);
      placement.passedOver(primary);
      const facts = { event: 'claims-passed-over', primary, object: objectIdHex(id), better };
      log.warn(facts, 'a primary passed over claims of better rank');
    },
    evidence: ({ claimHash, storerKey }) => {
      const facts = { claim: bytesToHex(claimHash), storer: bytesToHex(storerKey) };
      log.error({ event: 'contradiction', ...facts }, 'a storer signed two commitments for one claim');
    },
  };
}

/** Tells what a storer reports to log and metrics. */
export function storerEvents({ log, metrics: { placement, storer } }: Telemetry): StorerEvents {
  return {
    lotteries: (facts) => storer.lotteries(facts),
    claim: (verdict) => {
      if (verdict !== 'ok') placement.sent('claim', verdict);
    },
    answered: (verdict) => placement.sent('claim', verdict),
    assign: (verdict) => placement.answered('assign', verdict),
    fetched: (bytes) => placement.content('in', bytes),
    ended: (outcome, { id, reason, tookMs }) => {
      storer.replicaEnded(outcome);
      const level = outcome === 'lost' ? 'error' : 'info';
      const facts = { event: 'assignment-ended', object: objectIdHex(id), outcome, reason };
      log[level]({ ...facts, ms: Math.round(tookMs) }, 'an assignment ended');
    },
    reserved: (bytes) => storer.reserved(bytes),
    trouble: (part, error) => {
      placement.trouble(part);
      log.warn(
        { event: 'placement-trouble', part, ...briefly(error) },
        'something failed and is tried again',
      );
    },
  };
}

/** Tells what readings from holders report to log and metrics. */
export function readingEvents({ log, metrics: { storer } }: Telemetry): ReadingEvents {
  return {
    left: ({ holder, id, fault, detail }) => {
      storer.holderLeft(fault);
      const facts = { storer: bytesToHex(holder.storerKey), address: holder.address, fault, detail };
      const level = fault === 'unavailable' || fault === 'missing' ? 'warn' : 'error';
      log[level]({ event: 'holder-left', object: objectIdHex(id), ...facts }, 'a reading left a holder');
    },
    hedged: ({ slow, by, id }) => {
      storer.hedged();
      const facts = { object: objectIdHex(id), slow: slow.address, by: by.address };
      log.debug({ event: 'holder-hedged', ...facts }, 'a holder was slow, another one was asked too');
    },
  };
}

/** Tells what a log of rounds and its proposer report to log and metrics. */
export function roundEvents({ log, metrics: { placement } }: Telemetry): RoundEvents {
  return {
    dropped: (record, reason) =>
      log.warn(
        { event: 'record-dropped', type: record[1], code: reason.code, reason: reason.message },
        'a record that waited fits no round any more',
      ),
    trouble: (part, error) => {
      placement.trouble(`rounds-${part}`);
      log.warn({ event: 'round-trouble', part, ...briefly(error) }, 'a round failed and is tried again');
    },
    rejected: (address, error) => {
      placement.trouble('rounds-rejected');
      log.error({ event: 'round-rejected', address, err: error }, 'a node sent a round that does not hold');
    },
    fault: (reason) =>
      log.error({ event: 'round-fault', reason }, 'nothing may be built on the log of rounds'),
    clockDiffers: (differenceMs) =>
      log.warn({ event: 'clock-differs', differenceMs }, 'rounds and the clock of this machine are apart'),
  };
}

/** Tells what goes wrong while peers are looked for. */
export function peerTrouble({ log, metrics: { placement } }: Telemetry): (error: unknown) => void {
  return (error) => {
    placement.trouble('peers');
    log.warn({ event: 'peer-trouble', ...briefly(error) }, 'a node to follow was not found');
  };
}

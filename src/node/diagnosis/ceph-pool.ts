import { type PoolSurvey, poolCapacity } from '../ceph/pool-survey.ts';
import { formatSize } from '../units.ts';
import type { Finding } from './finding.ts';

/** The pool that was looked at, and what the configuration expects of it. */
export interface PoolCheck {
  readonly pool: string;
  readonly survey: PoolSurvey;
  /** Configured limit in bytes. */
  readonly limit: number | undefined;
}

/** Part of what a pool can take above which an operator should have acted. @see object-layout.md, section 6 */
const HIGH_SHARE = 0.8;
const APPLICATION = 'provender';

/** Judges what the monitors say about the pool. */
export function* poolFindings(checked: PoolCheck): Generator<Finding> {
  yield poolKind(checked);
  yield copies(checked);
  yield application(checked);
  yield fill(checked);
  yield quota(checked);
  yield fullRatios(checked);
  yield osds(checked);
  yield groups(checked);
  yield health(checked);
}

function poolKind({ pool, survey }: PoolCheck): Finding {
  const check = 'pool';
  const found = `${pool}, ${survey.isErasureCoded ? 'erasure-coded' : 'replicated'}, ${survey.objects} objects`;
  if (!survey.isErasureCoded) return { check, state: 'good', found };
  const cure = `Make a replicated pool: the catalog, the index and the sessions are omap rows, which erasure-coded pools refuse (Ceph: "Operation not supported").`;
  return { check, state: 'bad', found, cure };
}

function copies({ pool, survey }: PoolCheck): Finding {
  const check = 'copies';
  const { size, minSize } = survey;
  const found = `size ${size}, min_size ${minSize}`;
  if (size >= 3 && minSize >= 2) return { check, state: 'good', found };
  const risk = size === 1 ? 'one lost disk loses data' : 'an acknowledged write may be on one disk only';
  return {
    check,
    state: 'warning',
    found: `${found}: ${risk}`,
    cure: `Run: ceph osd pool set ${pool} size 3 && ceph osd pool set ${pool} min_size 2`,
  };
}

function application({ pool, survey }: PoolCheck): Finding {
  const check = 'application';
  const { applications } = survey;
  const found = applications.length === 0 ? 'none enabled' : applications.join(', ');
  if (applications.includes(APPLICATION)) return { check, state: 'good', found };
  const cure =
    applications.length === 0
      ? `Run: ceph osd pool application enable ${pool} ${APPLICATION}`
      : 'Give Provender a pool of its own: in a shared one usage and limit are those of everybody in it.';
  return { check, state: 'warning', found, cure };
}

/** How full the pool is, by its own flags and by what it can take. */
function fill({ survey }: PoolCheck): Finding {
  const check = 'pool room';
  const { storedBytes, objects, quotaObjects, flags } = survey;
  const capacity = poolCapacity(survey);
  const found = [
    `${formatSize(storedBytes)}${capacity === undefined ? '' : ` of ${formatSize(capacity)}`} used`,
    ...(quotaObjects === undefined ? [] : [`${objects} of ${quotaObjects} objects`]),
  ].join(', ');
  const cure =
    'Remove objects, add OSDs or raise the quota; an OSD that fills up to the brim may stop instead of refusing.';
  if (flags.includes('full') || flags.includes('full_quota'))
    return { check, state: 'bad', found: `${found}; the pool is full and takes no writes`, cure };
  const isHigh =
    flags.includes('nearfull') ||
    flags.includes('backfillfull') ||
    (capacity !== undefined && storedBytes > HIGH_SHARE * capacity) ||
    (quotaObjects !== undefined && objects > HIGH_SHARE * quotaObjects);
  return isHigh ? { check, state: 'warning', found, cure } : { check, state: 'good', found };
}

/** The limit is a pod's own; the quota holds for all pods together. */
function quota({ pool, survey, limit }: PoolCheck): Finding {
  const check = 'quota and limit';
  const { quotaBytes } = survey;
  const capacity = poolCapacity(survey);
  const limitBytes = limit ?? (capacity === undefined ? undefined : HIGH_SHARE * capacity);
  const name = limit === undefined ? 'limit by default' : 'limit';
  const found = [
    quotaBytes === undefined ? 'no quota' : `quota ${formatSize(quotaBytes)}`,
    limitBytes === undefined ? 'no limit yet' : `${name} ${formatSize(Math.floor(limitBytes))}`,
  ].join(', ');
  if (limitBytes !== undefined && capacity !== undefined && limitBytes > HIGH_SHARE * capacity) {
    const cure = `Set --limit to at most ${formatSize(Math.floor(HIGH_SHARE * capacity))} (80 % of what the pool can take), or let the pool take more.`;
    return { check, state: 'warning', found, cure };
  }
  if (quotaBytes !== undefined) return { check, state: 'good', found };
  const cure = `Several pods may pass the limit by what each has in flight; a quota holds for all: ceph osd pool set-quota ${pool} max_bytes BYTES`;
  return { check, state: 'warning', found, cure };
}

function fullRatios({ survey }: PoolCheck): Finding {
  const check = 'full ratios';
  const { nearFull, backfillFull, full } = survey.ratios;
  const found = `nearfull ${percent(nearFull)}, backfillfull ${percent(backfillFull)}, full ${percent(full)}`;
  const isOrdered = nearFull < backfillFull && backfillFull < full;
  if (isOrdered && full <= 0.97) return { check, state: 'good', found };
  const cure =
    'Run: ceph osd set-nearfull-ratio 0.85; ceph osd set-backfillfull-ratio 0.9; ceph osd set-full-ratio 0.95';
  return { check, state: 'warning', found, cure };
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}

function osds({ survey }: PoolCheck): Finding {
  const check = 'OSDs';
  const { known, up, in: inside } = survey.osds;
  const found = `${up} up and ${inside} in of ${known}`;
  if (up === known && inside === known) return { check, state: 'good', found };
  const state = up < survey.minSize ? 'bad' : 'warning';
  return { check, state, found, cure: 'Look at: ceph osd tree' };
}

/** States that a group passes through, when its pool was just made or an OSD came or went. */
const PASSING = new Set(['unknown', 'creating', 'peering', 'activating', 'remapped']);

/** A group that is not active serves nothing; one that is not clean has fewer copies than it should. */
function groups({ survey }: PoolCheck): Finding {
  const check = 'placement groups';
  const found = survey.groups.map(({ state, count }) => `${count} ${state}`).join(', ') || 'none';
  const silent = survey.groups.filter(({ state }) => !hasState(state, 'active'));
  if (silent.some(({ state }) => state.split('+').some((part) => !PASSING.has(part)))) {
    const cure = 'Look at: ceph pg dump_stuck; operations on the groups that are not active wait.';
    return { check, state: 'bad', found, cure };
  }
  if (silent.length > 0)
    return {
      check,
      state: 'warning',
      found,
      cure: 'Run doctor again in a minute: these states should pass.',
    };
  if (survey.groups.some(({ state }) => !hasState(state, 'clean')))
    return { check, state: 'warning', found, cure: 'Look at: ceph pg dump_stuck; copies are being made.' };
  return { check, state: 'good', found };
}

function hasState(states: string, state: string): boolean {
  return states.split('+').includes(state);
}

function health({ survey }: PoolCheck): Finding {
  const check = 'cluster health';
  const { status, checks } = survey.health;
  const found = [status, ...checks].join('; ');
  if (status === 'HEALTH_OK') return { check, state: 'good', found };
  return { check, state: 'warning', found, cure: 'Look at: ceph health detail' };
}

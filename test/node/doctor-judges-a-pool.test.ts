import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoolSurvey } from '../../src/node/ceph/pool-survey.ts';
import { poolFindings } from '../../src/node/diagnosis/ceph-pool.ts';

const GIB = 2 ** 30;

/** A pool with nothing to complain about: 1 TiB quota, 3 TiB fit. */
const GOOD: PoolSurvey = {
  clusterId: 'c',
  release: 'pacific',
  isErasureCoded: false,
  size: 3,
  minSize: 2,
  applications: ['provender'],
  flags: ['hashpspool'],
  quotaBytes: 1024 * GIB,
  quotaObjects: undefined,
  storedBytes: 100 * GIB,
  objects: 26,
  availableBytes: 3072 * GIB,
  ratios: { nearFull: 0.85, backfillFull: 0.9, full: 0.95 },
  osds: { known: 3, up: 3, in: 3 },
  groups: [{ state: 'active+clean', count: 32 }],
  health: { status: 'HEALTH_OK', checks: [] },
};

/** State and words of what is not good. */
function complaints(change: Partial<PoolSurvey>, limit?: number) {
  return [...poolFindings({ pool: 'p', survey: { ...GOOD, ...change }, limit })]
    .filter(({ state }) => state !== 'good')
    .map(({ check, state, found, cure }) => `${state} ${check}: ${found} -> ${cure}`);
}

test('a replicated pool with quota, three copies and room is good', () => {
  assert.deepEqual(complaints({}), []);
  assert.deepEqual(complaints({}, 800 * GIB), []);
});

const CASES: readonly [string, Partial<PoolSurvey>, RegExp][] = [
  ['erasure-coded', { isErasureCoded: true }, /^bad pool: .*erasure-coded.* -> Make a replicated pool/],
  [
    'one copy',
    { size: 1, minSize: 1 },
    /^warning copies: size 1, min_size 1: one lost disk.*pool set p size 3/,
  ],
  ['two copies, one enough', { size: 2, minSize: 1 }, /^warning copies: .*on one disk only/],
  ['no application', { applications: [] }, /^warning application: none.*application enable p provender/],
  ['pool of another application', { applications: ['rbd'] }, /^warning application: rbd.*a pool of its own/],
  ['full', { flags: ['full'] }, /^bad pool room: 100 GiB of 1 TiB used; the pool is full/],
  ['quota reached', { flags: ['full_quota', 'full'] }, /^bad pool room: /],
  ['nearly full by its OSDs', { flags: ['nearfull'] }, /^warning pool room: /],
  ['above 80 % of its quota', { storedBytes: 820 * GIB }, /^warning pool room: 820 GiB of 1 TiB used/],
  ['above 80 % of its objects', { quotaObjects: 30 }, /^warning pool room: .*, 26 of 30 objects/],
  ['no quota', { quotaBytes: undefined }, /^warning quota and limit: no quota, .*set-quota p max_bytes/],
  [
    'full ratio that leaves no room',
    { ratios: { nearFull: 0.85, backfillFull: 0.9, full: 0.99 } },
    /^warning full ratios: nearfull 85 %, backfillfull 90 %, full 99 % -> Run: ceph osd set-nearfull-ratio/,
  ],
  [
    'ratios out of order',
    { ratios: { nearFull: 0.95, backfillFull: 0.9, full: 0.95 } },
    /^warning full ratios/,
  ],
  ['one OSD down', { osds: { known: 3, up: 2, in: 3 } }, /^warning OSDs: 2 up and 3 in of 3/],
  ['fewer OSDs than an answer needs', { osds: { known: 3, up: 1, in: 3 } }, /^bad OSDs: 1 up/],
  [
    'degraded groups',
    { groups: [{ state: 'active+undersized+degraded', count: 4 }] },
    /^warning placement groups: 4 active\+undersized\+degraded/,
  ],
  [
    'groups of a pool that was just made',
    {
      groups: [
        { state: 'creating+peering', count: 1 },
        { state: 'unknown', count: 2 },
      ],
    },
    /^warning placement groups: .* -> Run doctor again in a minute/,
  ],
  ['groups that answer nothing', { groups: [{ state: 'stale+down', count: 1 }] }, /^bad placement groups/],
  [
    'health',
    { health: { status: 'HEALTH_WARN', checks: ['OSD_DOWN: 1 osds down'] } },
    /^warning cluster health: HEALTH_WARN; OSD_DOWN: 1 osds down/,
  ],
];

for (const [name, change, expected] of CASES) {
  test(`${name} is found, once, with what to do`, () => {
    const found = complaints(change);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0] ?? '', expected);
  });
}

test('a limit above 80 % of what the pool can take is a warning that names the limit to set', () => {
  assert.match(
    complaints({}, 900 * GIB).join(),
    /^warning quota and limit: quota 1 TiB, limit 900 GiB -> Set --limit to at most 819.2 GiB/,
  );
  const withoutStatistics = { quotaBytes: undefined, storedBytes: 0, availableBytes: 0 };
  assert.match(complaints(withoutStatistics).join(), /^warning quota and limit: no quota, no limit yet/);
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeSetKey } from '../../src/placement/messages/set-key.ts';
import { rankClaims, type RankedStorer } from '../../src/placement/ranking.ts';
import { bytesOf, makeLottery, makePlacement, makeStorer } from '../support/placement-fixtures.ts';

const ORDERS = 1000;
const RULES = { replicas: 8, regionCap: true };

/** A claim as the primary has it after its checks. */
interface ArrivedClaim extends RankedStorer {
  readonly messages: { readonly claim: Uint8Array; readonly commit: Uint8Array };
}

/** 40 claims of 30 operators in 5 regions. The messages are not looked at here, so any bytes of their length do. */
function makeClaims(): ArrivedClaim[] {
  return Array.from({ length: 40 }, (_, i) => {
    const operatorId = bytesOf(`operator ${i % 30}`);
    const { leaf } = makeStorer(`storer ${i}`, { operatorId, region: i % 5, weight: BigInt(1 + (i % 7)) });
    const output = createHash('sha512').update(`draw ${i}`).digest();
    const messages = { claim: Buffer.alloc(189, i), commit: Buffer.alloc(176, i) };
    return { ...leaf, output, messages };
  });
}

/** Another order for each number, by hashes. */
function shuffled<T>(items: readonly T[], order: number): T[] {
  return items
    .map((item, i) => ({ item, at: createHash('sha256').update(`${order} ${i}`).digest('hex') }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ item }) => item);
}

test('ranks, skipped claims and the SetKey are the same for a thousand orders of arrival', () => {
  const { fields, primary } = makePlacement({ lottery: makeLottery() });
  const claims = makeClaims();
  const outcome = (arrived: readonly ArrivedClaim[]): { ranks: string[]; setKey: string } => {
    const ranked = rankClaims(arrived, RULES);
    const ranks = ranked.map((one) => {
      const key = Buffer.from(one.claim.storerKey).toString('hex');
      return `${key} ${'place' in one ? one.place : one.skipped}`;
    });
    const first = ranked.filter((one) => 'place' in one).slice(0, RULES.replicas);
    const commitments = first.map(({ claim }) => claim.messages);
    const setKey = encodeSetKey({ ...fields, replicas: RULES.replicas, commitments }, primary);
    return { ranks, setKey: Buffer.from(setKey).toString('hex') };
  };
  const expected = outcome(claims);
  assert.ok(expected.ranks.some((rank) => rank.endsWith('operator')));
  assert.ok(expected.ranks.some((rank) => rank.endsWith('region')));
  for (let order = 0; order < ORDERS; order++) {
    assert.deepEqual(outcome(shuffled(claims, order)), expected);
  }
});

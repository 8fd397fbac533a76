import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BankHistory, wrongBank } from '../support/histories/bank.ts';
import { type ListHistory, wrongList } from '../support/histories/list.ts';
import { type RegisterHistory, wrongRead } from '../support/histories/register.ts';

// What the checkers say of histories with a fault that was put there on purpose, and of histories without one.

const done = (fromMs: number, toMs: number) => ({ fromMs, toMs, end: 'done' as const });
const failed = (fromMs: number, toMs: number) => ({ fromMs, toMs, end: 'failed' as const });
const maybe = (fromMs: number, toMs: number) => ({ fromMs, toMs, end: 'maybe' as const });

const REGISTERS: readonly {
  readonly name: string;
  readonly wrong?: RegExp;
  readonly history: RegisterHistory;
}[] = [
  {
    name: 'reads beside a write may see either value',
    history: {
      first: '0',
      writes: [{ ...done(0, 10), value: '1' }],
      reads: [
        { fromMs: 1, toMs: 2, value: '0' },
        { fromMs: 3, toMs: 4, value: '1' },
      ],
    },
  },
  {
    name: 'a write without an answer may take effect long after it',
    history: {
      first: '0',
      writes: [
        { ...maybe(0, 10), value: '1' },
        { ...done(20, 30), value: '2' },
      ],
      reads: [
        { fromMs: 31, toMs: 32, value: '2' },
        { fromMs: 40, toMs: 41, value: '1' },
      ],
    },
  },
  {
    name: 'an old value behind a finished write',
    wrong: /0/,
    history: {
      first: '0',
      writes: [{ ...done(0, 10), value: '1' }],
      reads: [{ fromMs: 11, toMs: 12, value: '0' }],
    },
  },
  {
    name: 'a value that goes and comes back',
    wrong: /while/,
    history: {
      first: '0',
      writes: [
        { ...done(0, 100), value: '1' },
        { ...done(0, 100), value: '2' },
      ],
      reads: [
        { fromMs: 10, toMs: 11, value: '1' },
        { fromMs: 20, toMs: 21, value: '2' },
        { fromMs: 30, toMs: 31, value: '1' },
      ],
    },
  },
  {
    name: 'a failed write that was read',
    wrong: /failed/,
    history: {
      first: '0',
      writes: [{ ...failed(0, 10), value: '1' }],
      reads: [{ fromMs: 11, toMs: 12, value: '1' }],
    },
  },
  {
    name: 'a value out of nothing',
    wrong: /never written/,
    history: { first: '0', writes: [], reads: [{ fromMs: 11, toMs: 12, value: '7' }] },
  },
  {
    name: 'a read of the future',
    wrong: /before it was written/,
    history: {
      first: '0',
      writes: [{ ...done(20, 30), value: '1' }],
      reads: [{ fromMs: 1, toMs: 2, value: '1' }],
    },
  },
];

for (const { name, wrong, history } of REGISTERS)
  test(`register: ${name}`, () => {
    const found = wrongRead(history);
    if (wrong === undefined) assert.equal(found, undefined);
    else assert.match(found ?? 'nothing', wrong);
  });

const span = fc.tuple(fc.nat(20), fc.nat(20));

test('register: calls that each took effect at one moment of theirs are in order', () => {
  const calls = fc.array(fc.record({ isWrite: fc.boolean(), span }), { maxLength: 30 });
  fc.assert(
    fc.property(calls, (list) => {
      const writes: RegisterHistory['writes'][number][] = [];
      const reads: RegisterHistory['reads'][number][] = [];
      let value = '0';
      for (const [i, call] of list.entries()) {
        const [before, after] = call.span;
        const [fromMs, toMs] = [i * 5 - before, i * 5 + after];
        if (call.isWrite) {
          value = `${i + 1}`;
          writes.push({ fromMs, toMs, end: 'done', value });
        } else reads.push({ fromMs, toMs, value });
      }
      assert.equal(wrongRead({ first: '0', writes, reads }), undefined);
    }),
  );
});

const LISTS: readonly { readonly name: string; readonly wrong?: RegExp; readonly history: ListHistory }[] = [
  {
    name: 'elements in one order are right',
    history: {
      appends: [
        { ...done(0, 10), element: 'a' },
        { ...maybe(0, 10), element: 'b' },
      ],
      reads: [
        { fromMs: 5, toMs: 6, elements: [] },
        { fromMs: 20, toMs: 21, elements: ['a', 'b'] },
      ],
    },
  },
  {
    name: 'a lost element',
    wrong: /lost/,
    history: { appends: [{ ...done(0, 10), element: 'a' }], reads: [{ fromMs: 20, toMs: 21, elements: [] }] },
  },
  {
    name: 'an element that is there twice',
    wrong: /twice/,
    history: {
      appends: [{ ...done(0, 10), element: 'a' }],
      reads: [{ fromMs: 20, toMs: 21, elements: ['a', 'a'] }],
    },
  },
  {
    name: 'an element whose append failed',
    wrong: /not put/,
    history: {
      appends: [{ ...failed(0, 10), element: 'a' }],
      reads: [{ fromMs: 20, toMs: 21, elements: ['a'] }],
    },
  },
  {
    name: 'two orders of the same elements',
    wrong: /begins/,
    history: {
      appends: [
        { ...done(0, 100), element: 'a' },
        { ...done(0, 100), element: 'b' },
      ],
      reads: [
        { fromMs: 20, toMs: 21, elements: ['a', 'b'] },
        { fromMs: 20, toMs: 21, elements: ['b'] },
      ],
    },
  },
  {
    name: 'a read that goes back',
    wrong: /went back/,
    history: {
      appends: [{ ...done(0, 100), element: 'a' }],
      reads: [
        { fromMs: 20, toMs: 21, elements: ['a'] },
        { fromMs: 30, toMs: 31, elements: [] },
      ],
    },
  },
];

for (const { name, wrong, history } of LISTS)
  test(`list: ${name}`, () => {
    const found = wrongList(history);
    if (wrong === undefined) assert.equal(found, undefined);
    else assert.match(found ?? 'nothing', wrong);
  });

const TRANSFER = { ...done(0, 1), mark: 'x', from: 0, to: 1, amount: 3 };
const BANK: BankHistory = {
  first: [10, 10],
  transfers: [TRANSFER],
  reads: [[7, 13]],
  last: { balances: [7, 13], marks: ['x'] },
};
const BANKS: readonly { readonly name: string; readonly wrong?: RegExp; readonly history: BankHistory }[] = [
  { name: 'a transfer that happened', history: BANK },
  { name: 'a read in the middle of a transfer', wrong: /total/, history: { ...BANK, reads: [[7, 10]] } },
  {
    name: 'a lost transfer',
    wrong: /lost/,
    history: { ...BANK, last: { balances: [10, 10], marks: [] } },
  },
  {
    name: 'a transfer that failed and happened',
    wrong: /failed/,
    history: { ...BANK, transfers: [{ ...TRANSFER, end: 'failed' }] },
  },
  {
    name: 'a transfer that happened twice',
    wrong: /give/,
    history: { ...BANK, last: { balances: [4, 16], marks: ['x'] } },
  },
];

for (const { name, wrong, history } of BANKS)
  test(`bank: ${name}`, () => {
    const found = wrongBank(history);
    if (wrong === undefined) assert.equal(found, undefined);
    else assert.match(found ?? 'nothing', wrong);
  });

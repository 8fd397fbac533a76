import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { z } from 'zod';
import { ESCROW_ABI } from '../../../src/payments/chain/escrow-abi.ts';

const parameter = z.object({ name: z.string(), type: z.string(), indexed: z.boolean().optional() });
const entry = z.object({
  type: z.string(),
  name: z.string().optional(),
  inputs: z.array(parameter),
  outputs: z.array(parameter.pick({ name: true, type: true })).optional(),
  stateMutability: z.string().optional(),
});
type Entry = z.infer<typeof entry>;

test('every function and event that we know is in the ABI of the npm package, names and order included', async () => {
  const file = createRequire(import.meta.url).resolve(
    'singularitynet-platform-contracts/abi/MultiPartyEscrow.json',
  );
  const theirs = z.array(entry).parse(JSON.parse(await readFile(file, 'utf8')));
  const known = new Map(theirs.map((one) => [one.name, textOf(one)]));
  const ours = z.array(entry).parse(ESCROW_ABI.map((one) => withNames(one)));
  assert.equal(ours.length, 14);
  for (const one of ours) assert.equal(textOf(one), known.get(one.name), one.name);
});

/** The parser of viem leaves out names that are empty. */
function withNames(one: (typeof ESCROW_ABI)[number]): unknown {
  const named = (list: readonly object[]): object[] => list.map((each) => ({ name: '', ...each }));
  return { ...one, inputs: named(one.inputs), ...('outputs' in one ? { outputs: named(one.outputs) } : {}) };
}

function textOf({ type, name, inputs, outputs, stateMutability }: Entry): string {
  const ins = inputs.map((one) => `${one.type} ${one.indexed === true ? 'indexed ' : ''}${one.name}`);
  const outs = outputs?.map((one) => `${one.type} ${one.name}`) ?? [];
  return `${type} ${name} ${stateMutability ?? ''}(${ins.join(', ')}) -> (${outs.join(', ')})`;
}

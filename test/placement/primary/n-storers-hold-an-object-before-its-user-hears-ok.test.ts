import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyReceipt } from '../../../src/placement/receipt.ts';
import { PrimaryWorld, stagedFile } from '../../support/primary-world.ts';

for (const [what, sizeBytes, profile] of [
  ['no bytes', 0, 1],
  ['one byte', 1, 2],
  ['a size that is proven whole', 131_072, 1],
  ['a size that is proven by samples', 200_000, 2],
  ['a plain copy, profile none', 5000, 0],
] as const) {
  test(`an object of ${what} gets its receipt`, async () => {
    await using world = new PrimaryWorld(Array.from({ length: 6 }, () => ({})));
    await world.open();
    const content = stagedFile('a file', sizeBytes);
    const receipt = await world.place(content, { profile });
    const verdict = verifyReceipt(receipt, { genesis: world.network.genesis });
    assert.ok(
      verdict.ok,
      JSON.stringify(verdict, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    );
    assert.equal(verdict.facts.storers.length, 3);
    for (const { leaf } of verdict.facts.storers) {
      const storer = world.storers.find(({ node }) => Buffer.compare(node.storerKey, leaf.storerKey) === 0);
      assert.equal(await storer?.keeper.holds(content.id), true);
    }
    assert.deepEqual(await world.primary.receipt(content.id), receipt);
    assert.equal(world.primary.explain(content.id)?.state, 'placed');
  });
}

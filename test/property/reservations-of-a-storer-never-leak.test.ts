import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compareBytes } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { claimHash, decodeClaim } from '../../src/placement/messages/claim.ts';
import type { Storer } from '../../src/placement/storer/storer.ts';
import { StorerWorld, testObject } from '../support/storer-world.ts';

const RUNS = process.env['PROVENDER_TEST_LONG'] === '1' ? 2000 : 60;
const OBJECTS = [1, 4096, 20_000, 60_000, 131_073].map((size, seed) => testObject(size, seed + 1));
/** Room for some of them. */
const LIMIT_BYTES = 160_000;

type Ill = 'well' | 'away' | 'silent' | 'refuses';

/** One thing that happens. */
type Step =
  | { readonly what: 'announce'; readonly object: number }
  | { readonly what: 'assign'; readonly claim: number; readonly deadlineMs: number }
  | { readonly what: 'sign' | 'sign others'; readonly object: number }
  | { readonly what: 'attempt'; readonly claim: number; readonly attempt: number }
  | { readonly what: 'primary'; readonly call: 'claim' | 'fetch' | 'commit' | 'prove'; readonly is: Ill }
  | { readonly what: 'disk'; readonly isFull: boolean }
  | { readonly what: 'round' | 'restart' }
  | { readonly what: 'time'; readonly ms: number };

const index = fc.nat(OBJECTS.length - 1);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('announce' as const), object: index }) },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('assign' as const),
      claim: fc.nat(9),
      deadlineMs: fc.constantFrom(10, 500, 5000, 60_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constantFrom('sign' as const, 'sign others' as const), object: index }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('attempt' as const), claim: fc.nat(9), attempt: fc.nat(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('primary' as const),
      call: fc.constantFrom('claim' as const, 'fetch' as const, 'commit' as const, 'prove' as const),
      is: fc.constantFrom('well' as const, 'away' as const, 'silent' as const, 'refuses' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('disk' as const), isFull: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('round' as const, 'restart' as const) }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('time' as const), ms: fc.nat(4000) }) },
);

/** Does what the steps say, and checks that no more is held back than there is room for. */
class Run {
  readonly world = new StorerWorld({ limitBytes: LIMIT_BYTES });
  readonly ills = new Map<string, Ill>();
  /** Numbers of objects whose SetKey names the storer. */
  readonly #signed = new Set<number>();
  #storer: Storer | undefined;
  #isFull = false;

  get storer(): Storer {
    if (this.#storer === undefined) throw new Error('no storer is open');
    return this.#storer;
  }

  async open(): Promise<void> {
    const { primary, keeper } = this.world;
    primary.before = (call, options) => {
      const ill = this.ills.get(call) ?? 'well';
      if (ill === 'away') return Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'away'));
      if (ill === 'refuses') return Promise.resolve({ ok: false, reason: 'late' });
      return ill === 'silent' ? silence(options?.signal) : undefined;
    };
    keeper.beforePublish = () => {
      if (this.#isFull) throw new ProvenderError('PROVENDER_OVER_QUOTA', 'the disk is full');
    };
    this.#storer = await this.world.open({ callMs: 1000, assignments: 2 });
  }

  async step(step: Step): Promise<void> {
    const { world, storer } = this;
    if (step.what === 'announce') this.#announce(step.object);
    else if (step.what === 'assign') await this.#assign(step.claim, step.deadlineMs);
    else if (step.what === 'sign' || step.what === 'sign others')
      this.#sign(step.object, step.what === 'sign');
    else if (step.what === 'attempt') this.#attempt(step.claim, step.attempt);
    else if (step.what === 'primary') this.ills.set(step.call, step.is);
    else if (step.what === 'disk') this.#isFull = step.isFull;
    else if (step.what === 'round') world.log.add();
    else if (step.what === 'time') await world.pass(step.ms, 100);
    else {
      await storer.close();
      assert.equal(storer.reservedBytes, 0);
      await this.open();
    }
    await world.clock.advance(1);
    assert.ok(this.storer.reservedBytes >= 0 && this.storer.reservedBytes <= LIMIT_BYTES);
  }

  #announce(n: number): void {
    const object = OBJECTS[n];
    if (object === undefined) return;
    const id = this.world.primary.stage(object);
    if (this.world.log.chain.placedIn(id) !== undefined) return;
    this.world.log.add(this.world.announcement(object));
    this.world.log.add();
  }

  async #assign(n: number, deadlineMs: number): Promise<void> {
    const claims = [...this.world.primary.claims.values()];
    const claim = claims[claims.length - 1 - n];
    if (claim !== undefined) await this.storer.assign(this.world.primary.assign(claim, { deadlineMs }));
  }

  /** An honest primary signs the storer only when its proof held; the log takes one SetKey of an object, in time. */
  #sign(n: number, wantsOwn: boolean): void {
    const object = OBJECTS[n];
    if (object === undefined) return;
    const { primary, log } = this.world;
    const id = primary.stage(object);
    const open = log.chain.announces(id).at(-1); // a primary signs for the one that it announced last
    if (open === undefined || log.head().number <= open.announced) return;
    const own = [...primary.claims.values()].find(
      (claim) =>
        compareBytes(decodeClaim(claim).id, id) === 0 &&
        decodeClaim(claim).round === open.announced + 1n &&
        primary.proven.has(Buffer.from(claimHash(claim)).toString('hex')),
    );
    if (wantsOwn && own !== undefined) {
      this.#signed.add(n);
      log.add(primary.setKey(id, [own]));
    } else if (!wantsOwn) log.add(this.world.foreignSetKey(object, open.announced));
  }

  #attempt(n: number, attempt: number): void {
    const claim = [...this.world.primary.claims.values()][n];
    if (claim === undefined) return;
    const { id, round } = decodeClaim(claim);
    this.world.primary.open({ id, round, attempt });
  }

  /** Everything is over: only what the log names is there, and nothing is held back. */
  async end(): Promise<void> {
    const { world, storer } = this;
    world.log.addUpTo(world.log.head().number + 21n);
    await world.until('nothing runs', () => storer.pendingReplicas === 0);
    await world.until('nothing is held back', () => storer.reservedBytes === 0);
    for (const [n, object] of OBJECTS.entries()) {
      const id = world.primary.stage(object);
      assert.equal(await world.record('pending', id), false);
      assert.equal(await world.record('placed', id), this.#signed.has(n));
      assert.equal(await world.keeper.holds(id), this.#signed.has(n));
    }
    assert.deepEqual(world.events.troubles, []);
    await storer.close();
    assert.equal(world.clock.sleepers, 0);
  }
}

function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new ProvenderError('PROVENDER_CANCELLED', 'enough')));
  });
}

test('whatever happens, reserved bytes come back and only what is signed stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
      const run = new Run();
      await run.open();
      for (const step of steps) await run.step(step);
      await run.end();
    }),
    { numRuns: RUNS },
  );
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { type CliResult, jsonOf, launchCli, runCli } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

/** A devnet with payments in a process of its own, its demonstration over. */
interface PaidDevnetProcess extends AsyncDisposable {
  /** What it printed last. */
  readonly facts: Record<string, string> & { readonly keyFiles: Record<string, string> };
  readonly steps: readonly { readonly step: string; readonly text: string }[];
  readonly node: string;
  /** Ctrl-C. @returns the exit code */
  end(): Promise<number | string>;
}

async function launchDevnet(directory: string): Promise<PaidDevnetProcess> {
  const child = launchCli(['--json', 'devnet', '--payments', '--dir', directory]);
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  const exited = once(child, 'close').then(([code, signal]) => code ?? signal);
  const end = async (): Promise<number | string> => {
    child.kill('SIGINT');
    return await exited;
  };
  const steps: { step: string; text: string }[] = [];
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const found = JSON.parse(line);
    if (found.step !== undefined) steps.push(found);
    else
      return {
        facts: found,
        steps,
        node: found.nodes[0].address,
        end,
        [Symbol.asyncDispose]: async () => void (await end()),
      };
  }
  throw new Error(`the devnet ended: ${stderr}`);
}

function lines(result: CliResult): Record<string, string>[] {
  const text = result.stdout.toString().trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
}

test('a devnet pays calls and settles a claim, and the commands that it names work', async (t) => {
  await using scratch = await openScratch();
  const directory = scratch.at('net');
  await using devnet = await launchDevnet(directory);
  const { facts, node, steps } = devnet;
  const { provider = '', client = '' } = facts.keyFiles;
  const pay = ['--channel', facts['channel'] ?? '', '--key-file', client];
  const asProvider = ['--json', '--key-file', provider, 'claim'];
  const source = scratch.at('source');
  await writeFile(source, new Uint8Array(10_000).fill(7));

  await t.test('its steps end with the money of the provider', () => {
    const names = steps.map(({ step }) => step);
    assert.deepEqual(names.slice(0, 3), ['deployed', 'opened', 'ready']);
    assert.deepEqual(names.slice(-3), ['settled', 'closed', 'balance']);
    assert.match(steps.at(-1)?.text ?? '', /had 0 tokens in the escrow and has 196$/);
  });

  await t.test(
    'prices are told; a file is not put without payment, nor for more than is allowed',
    async () => {
      const [shown, quoted, unpaid, dear] = await Promise.all([
        runCli(['--json', 'price', 'show'], { node }),
        runCli(['--quiet', 'price', 'quote', 'SetFile', '--size', '10KiB'], { node }),
        runCli(['put', source], { node }),
        runCli([...pay, '--max-price', '5', 'put', source], { node }),
      ]);
      const { methods, mpe } = jsonOf(shown);
      assert.deepEqual(methods.SetFile, { perCall: '1', perKiB: '2' });
      assert.equal(mpe, facts['escrow']);
      assert.equal(quoted.stdout.toString(), '21\n');
      assert.match(unpaid.stderr, /PROVENDER_INVALID: missing/);
      assert.equal(dear.code, 1);
      assert.match(dear.stderr, /SetFile costs 21, you allow 5: nothing was paid/);
    },
  );

  await t.test('a file is put and got against payment', async () => {
    const put = await runCli([...pay, 'put', source], { node });
    assert.equal(put.code, 0, put.stderr);
    assert.match(put.stderr, /paid 21 for 1 call, 24 in all on this nonce of the channel/);
    const id = put.stdout.toString().slice(0, 64);
    const got = await runCli(['--json', ...pay, 'get', id, '-o', scratch.at('copy')], { node });
    assert.equal(got.code, 0, got.stderr);
    assert.deepEqual(await readFile(scratch.at('copy')), await readFile(source));
  });

  await t.test('the client sees its channel, a stranger sees no claims', async () => {
    const key = scratch.at('stranger.key');
    await writeFile(key, `${'5'.repeat(64)}\n`, { mode: 0o600 });
    const [shown, refused, listed] = await Promise.all([
      runCli(['--json', '--key-file', client, 'channel', 'show', '0'], { node }),
      runCli(['--key-file', key, 'claim', 'list'], { node }),
      runCli([...asProvider, 'list'], { node }),
    ]);
    const { nonce, amount } = jsonOf(shown);
    assert.deepEqual([nonce, amount], ['1', '34']);
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /does not match to what has been expected/);
    assert.deepEqual(
      lines(listed).map(({ channel, nonce: on, amount: sum, state }) => [channel, on, sum, state]),
      [['0', '1', '34', 'unclaimed']],
    );
  });

  await t.test('the provider starts its claim once, and settles it once', async () => {
    const started = await runCli([...asProvider, 'start', '--all'], { node });
    assert.equal(started.code, 0, started.stderr);
    const settle = [...asProvider, 'settle', '--all', '--rpc'];
    const [again, planned, away] = await Promise.all([
      runCli([...asProvider, 'start', '0'], { node }),
      runCli([...settle, facts['rpc'] ?? '', '--dry-run', '--print-tx'], { node }),
      runCli([...settle, 'http://127.0.0.1:9'], { node }),
    ]);
    assert.equal(again.code, 3);
    assert.match(again.stderr, /authorized amount is zero|already in progress/);
    assert.equal(planned.code, 0, planned.stderr);
    assert.equal(lines(planned).at(-1)?.['outcome'], 'planned');
    assert.equal(away.code, 4, away.stderr);
    const settled = await runCli([...settle, facts['rpc'] ?? ''], { node });
    assert.equal(settled.code, 0, settled.stderr);
    const [paid] = lines(settled);
    assert.deepEqual([paid?.['outcome'], paid?.['claimed']], ['paid', '34']);
    const nothing = await runCli([...settle, facts['rpc'] ?? ''], { node });
    assert.deepEqual([nothing.code, lines(nothing)], [0, []]);
  });

  const store = ['--data-dir', `${directory}/node-1`];
  await t.test('the store belongs to the node while that runs, and is looked at behind it', async () => {
    const taken = await runCli(['channel', 'list', ...store]);
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /in use by/);
    assert.equal(await devnet.end(), 0);
    const away = await runCli(['price', 'show'], { node });
    assert.equal(away.code, 4);
    const all = await runCli(['--json', 'channel', 'list', ...store]);
    const [channel] = lines(all);
    assert.deepEqual(
      [channel?.['channel'], channel?.['nonce'], channel?.['amount']],
      ['0', '2', '0'],
      all.stderr,
    );
    const ended = await runCli(['--json', 'claim', 'list', '--ended', ...store]);
    assert.deepEqual(
      lines(ended).map(({ nonce, amount, outcome }) => [nonce, amount, outcome]),
      [
        ['0', '196', 'paid'],
        ['1', '34', 'paid'],
      ],
      ended.stderr,
    );
  });
});

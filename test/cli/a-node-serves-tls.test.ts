import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { clientTls, type TlsOptions } from '../../src/cli/node-tls.ts';
import { type CliOptions, type CliResult, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { openPki } from '../support/tls-node.ts';

const FREE = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];

/** The blocks of commands of a section of docs/operations.md. */
async function blocksOf(section: string): Promise<string[]> {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const from = page.indexOf(`\n## ${section}\n`);
  const text = page.slice(from, page.indexOf('\n## ', from + 1));
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
}

/** What docs/operations.md says, done in a folder. */
async function followDocuments(scratch: Scratch): Promise<{ serve: string[]; list: string[] }> {
  const [openssl = '', provender = ''] = await blocksOf('Transport security');
  execFileSync('sh', ['-eu', '-c', openssl], { cwd: scratch.path, stdio: 'pipe' });
  const [serve, list] = provender.trim().split('\n');
  const words = (line = ''): string[] => line.split(' ').slice(1);
  return { serve: words(serve).slice(1), list: words(list) };
}

/** Options with their values, without some. */
function without(args: readonly string[], ...options: readonly string[]): string[] {
  return args.filter((arg, i) => !options.includes(arg) && !options.includes(args[i - 1] ?? ''));
}

function assertFailed({ code, stderr }: CliResult, exitCode: number, text: RegExp): void {
  assert.equal(code, exitCode, stderr);
  assert.match(stderr, text);
}

test('the commands of the documents make a node with TLS and an operator', async () => {
  await using scratch = await openScratch();
  const { serve, list } = await followDocuments(scratch);
  const files = serve.map((word) => (/\.(pem|key)$/.test(word) ? scratch.at(word) : word));
  const args = files.map((word) => (word === '0.0.0.0:7411' ? '0.0.0.0:0' : word));
  await using node = await startNode({ dataDir: scratch.at('data'), args });
  const address = node.address.replace('0.0.0.0', 'localhost');
  const call = list.map((word) => (word === 'localhost:7411' ? address : word));
  const run = (words: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
    runCli(words, { cwd: scratch.path, ...options });

  await writeFile(scratch.at('a.txt'), 'hello');
  const put = await run([...without(call, 'ls'), '-q', 'put', 'a.txt']);
  assert.deepEqual([put.code, put.stderr], [0, '']);
  assert.match((await run(call)).stdout.toString(), new RegExp(`^${put.stdout.toString().trim()}`));
  // the same by environment
  const env = { PROVENDER_NODE: address, PROVENDER_TLS_CA: 'ca.pem' };
  assert.equal((await run(['ls'], { env })).code, 0);
  const name = { ...env, PROVENDER_TLS_SERVER_NAME: 'other.example' };
  assertFailed(await run(['ls'], { env: name }), 2, /PROVENDER_CONFIG: .*is not in the cert's altnames/);
  // what does not fit
  assertFailed(await run(['--node', address, 'ls']), 6, /it may speak TLS \(give its CA: --tls-ca/);
  const system = await run(['--node', address, '--tls-ca', 'system', 'ls']);
  assertFailed(system, 2, /certificate is no good .*give the CA that signed it \(--tls-ca/);
  const metric = 'provender_tls_certificate_expiry_seconds{certificate="server"}';
  assert.ok((await node.metric(metric)) > 364 * 86_400);
  assert.equal(node.log.find(({ event }) => event === 'started')?.['isTls'], true);
  assert.equal(await node.end('SIGTERM'), 0);
});

test('half of the options of a caller is refused, and all of them where nothing is called', async () => {
  await using pki = await openPki();
  const { ca, server } = pki;
  const { certFile, keyFile } = await ca.issue({ subject: '/CN=alice', usage: 'clientAuth' });
  const tlsCa = ca.certFile;
  const own = { tlsClientCert: certFile, tlsClientKey: keyFile };
  const refused: [TlsOptions, RegExp][] = [
    [own, /give --tls-ca too/],
    [{ tlsServerName: 'x' }, /give --tls-ca too/],
    [{ tlsCa, tlsClientCert: certFile }, /are given together/],
    [{ tlsCa: 'missing.pem' }, /missing\.pem: there is no such file/],
    [{ tlsCa, ...own, tlsClientKey: server.keyFile }, /does not fit the certificate/],
    [{ tlsCa, tlsClientCert: server.certFile, tlsClientKey: server.keyFile }, /is not for a client/],
  ];
  for (const [options, message] of refused)
    await assert.rejects(clientTls(options), { code: 'PROVENDER_CONFIG', message });
  assert.equal(await clientTls({ tlsCa: '' }), undefined);
  assert.deepEqual(await clientTls({ tlsCa: 'system', tlsServerName: 'x' }), { serverName: 'x' });
  assertFailed(
    await runCli(['--tls-ca', tlsCa, 'serve']),
    2,
    /--tls-ca is for calling a node; a node has --tls-cert/,
  );
});

test('a node with certificates that are no good does not start, and doctor says why', async () => {
  await using pki = await openPki();
  const { scratch, server } = pki;
  const data = ['--data-dir', scratch.at('data'), ...FREE];
  const pair = ['--tls-cert', server.certFile, '--tls-key', server.keyFile];
  const other = ['--tls-cert', server.certFile, '--tls-key', scratch.at('test-ca.key')];
  assertFailed(await runCli(['serve', ...data, ...other]), 2, /does not fit the certificate/);
  const half = await runCli(['serve', ...data, '--tls-cert', server.certFile]);
  assertFailed(half, 2, /tlsCert \(from --tls-cert\): needs its key/);
  await chmod(server.keyFile, 0o644);
  const open = await runCli(['doctor', ...data, ...pair]);
  assert.equal(open.code, 1);
  assert.match(open.stdout.toString(), /^bad +certificate: .*run: chmod 600/m);
});

test('config prints the settings of TLS as a settings file, a list of operators included', async () => {
  await using scratch = await openScratch();
  const tls = ['--tls-cert', 'a.pem', '--tls-key', 'a.key', '--tls-client-ca', 'ca.pem'];
  const args = [...tls, '--operators', 'alice, URI:spiffe://x/ops', '--tls-require-client-cert'];
  const printed = await runCli(['config', ...args]);
  assert.equal(printed.code, 0, printed.stderr);
  await writeFile(scratch.at('c.yaml'), printed.stdout);
  const again = await runCli(['--json', 'config', '--config', scratch.at('c.yaml')]);
  const { settings } = JSON.parse(again.stdout.toString());
  assert.deepEqual(settings.operators, ['alice', 'URI:spiffe://x/ops']);
  assert.equal(settings.tlsRequireClientCert, true);
  assert.equal(settings.tlsKey, 'a.key');
});

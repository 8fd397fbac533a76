import type { Command } from 'commander';
import { isProvenderError } from '../../content/provender-error.ts';
import type { NodeFacts, ProvenderNode } from '../../node/node.ts';
import { formatSize } from '../../node/units.ts';
import { kernelInfo } from '../../proof/kernels.ts';
import { openLog } from '../../telemetry/log.ts';
import type { GlobalOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { refuseTlsOptions } from '../node-tls.ts';
import { Output } from '../output.ts';
import { addSettingOptions, configOf } from '../setting-options.ts';

/** What the process gets to end by itself after its node has stopped. */
const EXIT_GRACE_MS = 500;

/** `provender serve`: runs a node until SIGTERM or SIGINT. */
export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Run a node. Makes its data directory and key at the first start.')
    .addHelpText(
      'after',
      `
Settings come from flags, environment (PROVENDER_*) and a YAML file, in this order; see: provender config
SIGTERM and SIGINT end it in order: not ready, running calls finish, a second signal cuts that short.

Examples:
  provender serve
  provender serve --data-dir /var/lib/provender --limit 500GiB
  provender serve --store rados --pool provender --ceph-conf /etc/ceph/ceph.conf
  provender serve --store files --listen 127.0.0.1:0 --http-listen 127.0.0.1:0
  provender serve --listen 0.0.0.0:7411 --tls-cert node.pem --tls-key node.key
  provender serve --data-dir ./node1 --network genesis.json --primary`,
    );
  addSettingOptions(command).action(async (_options: unknown, used: Command) => {
    const { json, quiet } = used.optsWithGlobals<GlobalOptions>();
    const output = new Output({ json: json === true, quiet: quiet === true });
    try {
      refuseTlsOptions(used);
      await serve(used, output);
    } catch (error) {
      process.exitCode = output.failure(error);
    }
  });
}

async function serve(command: Command, output: Output): Promise<void> {
  const { config, warnings } = await configOf(command);
  const isTerminal = process.stdout.isTTY;
  const log = await openLog({ level: config.logLevel, format: config.logFormat, isTerminal });
  for (const warning of warnings) log.warn({ event: 'setting-warning' }, warning);
  const { native, reason } = kernelInfo();
  if (!native)
    log.warn({ event: 'native-missing', reason }, 'hashing with the TypeScript twins, many times slower');
  using signals = new EndSignals();
  let node: ProvenderNode;
  try {
    // loaded here: the other commands, which share this program, need not wait for servers and stores
    const { ProvenderNode: Node } = await import('../../node/node.ts');
    node = await Node.open(config, log);
  } catch (error) {
    log.error(
      { event: 'start-failed', ...(isProvenderError(error) ? { code: error.code } : {}), err: error },
      'the node does not start',
    );
    throw error;
  }
  if (isTerminal) output.remark(welcome(node.facts));
  await signals.first;
  const closed = node.close();
  signals.onNext = (exitCode) => {
    process.exitCode = exitCode;
    void node.close({ force: true });
  };
  await closed;
  // a page of a listing that a cluster does not answer cannot be cut and would keep the process for `opTimeout`; nothing of ours runs any more
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

/** SIGTERM and SIGINT, from before the node opens: one that comes during start-up ends the node as soon as it is up. */
class EndSignals implements Disposable {
  readonly first: Promise<void>;
  /** Called with the exit code of each further signal. */
  onNext: (exitCode: number) => void = () => undefined;
  readonly #stop: () => void;

  constructor() {
    let resolveFirst = (): void => undefined;
    let count = 0;
    this.first = new Promise((resolve) => {
      resolveFirst = resolve;
    });
    const on = (exitCode: number) => (): void => {
      count++;
      if (count === 1) resolveFirst();
      else this.onNext(exitCode);
    };
    const onTerminate = on(EXIT.terminated);
    const onInterrupt = on(EXIT.interrupted);
    process.on('SIGTERM', onTerminate).on('SIGINT', onInterrupt);
    this.#stop = () => process.off('SIGTERM', onTerminate).off('SIGINT', onInterrupt);
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** What a newcomer sees: what runs, where, and commands to paste. */
function welcome(facts: NodeFacts): string {
  const isDefault = facts.address === '127.0.0.1:7411';
  const node = isDefault ? '' : ` --node ${facts.address}`;
  const provender = `npx provender${node}${facts.isTls ? ' --tls-ca CA.pem' : ''}`;
  return `
Provender ${facts.isFirstStart ? 'started for the first time' : 'goes on'}
  data     ${facts.dataDir} (store ${facts.store}, limit ${formatSize(facts.limitBytes)})
  storer   ${facts.storerPK}
  gRPC     ${facts.address}, ${facts.isTls ? 'TLS' : 'plain text'}
  HTTP     http://${facts.httpAddress}/live /ready /metrics
  hashing  ${facts.kernel}${facts.network === undefined ? '' : `\n  network  ${facts.network}`}

Try in another terminal:
  ${provender} put README.md
  ${provender} ls
  ${provender} get ID -o copy.md
  printf 'hello' | ${provender} chunk put -
  ${provender} doctor

Ctrl-C ends the node.
`;
}

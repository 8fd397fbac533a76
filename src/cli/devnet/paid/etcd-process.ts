import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProvenderError } from '../../../content/provender-error.ts';

const START_LIMIT_MS = 30_000;
const PAUSE_MS = 50;

/** An etcd of one member on loopback, for replicas of a devnet that share their payment channels. It does not outlive this process, unless that is killed. */
export class EtcdProcess implements AsyncDisposable {
  /** `host:port` for clients. */
  readonly endpoint: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #killWithUs = (): void => void this.#child.kill('SIGKILL');

  private constructor(child: ChildProcess, endpoint: string, exited: Promise<unknown>) {
    this.endpoint = endpoint;
    this.#child = child;
    this.#exited = exited;
    process.on('exit', this.#killWithUs);
  }

  /**
   * Starts the `etcd` of PATH and waits until it takes connections; its log is `etcd.log` in the directory.
   * @throws ProvenderError `PROVENDER_CONFIG` when there is none, `PROVENDER_UNAVAILABLE` when it ends or takes too long
   */
  static async open(directory: string, [client, peer]: readonly [number, number]): Promise<EtcdProcess> {
    const clientUrl = `http://127.0.0.1:${client}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    const args = ['--name', 'devnet', '--data-dir', join(directory, 'etcd')];
    args.push('--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl);
    args.push('--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl);
    args.push('--initial-cluster', `devnet=${peerUrl}`);
    // Ctrl-C of a terminal goes to the whole group: etcd is ended by us, behind the nodes
    const child = spawn('etcd', args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const log = createWriteStream(join(directory, 'etcd.log'), { flags: 'a' });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const failed = once(child, 'error').then(([error]) => Promise.reject(notThere(error)));
    const exited = once(child, 'close');
    await Promise.race([once(child, 'spawn'), failed]);
    const started = new EtcdProcess(child, `127.0.0.1:${client}`, exited);
    try {
      await started.#listening(client);
      return started;
    } catch (error) {
      await started.close();
      throw error;
    }
  }

  /** Ends it in order. Idempotent. */
  async close(): Promise<void> {
    process.off('exit', this.#killWithUs);
    this.#child.kill('SIGTERM');
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listening(port: number): Promise<void> {
    const endsAt = performance.now() + START_LIMIT_MS;
    while (performance.now() < endsAt && this.#child.exitCode === null) {
      if (await accepts(port)) return;
      await sleep(PAUSE_MS);
    }
    throw new ProvenderError('PROVENDER_UNAVAILABLE', 'etcd did not start: see etcd.log of the devnet');
  }
}

function notThere(cause: unknown): ProvenderError {
  const text =
    'replicas share their channels in etcd, which is not on PATH: install it (Debian: etcd-server)';
  return new ProvenderError('PROVENDER_CONFIG', text, { cause });
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // nobody listens yet: that is the answer
  } finally {
    socket.destroy();
  }
}

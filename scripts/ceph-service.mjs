import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { say } from './setup/command.mjs';

/**
 * One Ceph cluster for a whole run of tests, started when the first test file asks for it. A file connects to a socket,
 * writes `{"faults": BOOLEAN, "pid": NUMBER}`, reads `{"confFile": PATH}` or `{"error": TEXT}`, and has the cluster until it hangs up,
 * also by dying. Who injects faults has it alone; afterwards it is made whole or replaced.
 */
export class CephService {
  #folder = mkdtempSync(join(tmpdir(), 'provender-ceph-service-'));
  #server = createServer((socket) => this.#receive(socket));
  /** Requests in the order in which they came. */
  #waiting = [];
  #holders = new Set();
  #cluster;
  #mending = Promise.resolve();
  #isBusy = false;
  #isClosing = false;

  /** Starts to listen; nothing of Ceph starts yet. */
  static async open() {
    const service = new CephService();
    await new Promise((resolve, reject) => {
      service.#server.once('error', reject).listen(service.address, resolve);
    });
    return service;
  }

  /** Path of the socket. */
  get address() {
    return join(this.#folder, 'socket');
  }

  /** Ends the cluster and the service. */
  async close() {
    this.#isClosing = true;
    for (const { socket } of [...this.#waiting, ...this.#holders]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#mending; // or it would start daemons again
    const [started] = await Promise.allSettled([this.#cluster]);
    await started.value?.stop();
    rmSync(this.#folder, { recursive: true });
  }

  #receive(socket) {
    const request = { socket };
    createInterface(socket).once('line', (line) => {
      Object.assign(request, JSON.parse(line));
      if (this.#waitsForItself(request)) {
        socket.write(`${JSON.stringify({ error: 'this process has the cluster already, and not alone' })}\n`);
        return;
      }
      this.#waiting.push(request);
      void this.#serve();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => void this.#release(request));
  }

  /** Answers those whose turn has come. */
  async #serve() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (!this.#isClosing && this.#waiting.length > 0 && this.#isFreeFor(this.#waiting[0])) {
      const request = this.#waiting.shift();
      const answer = await this.#answer();
      if (request.socket.destroyed) continue; // it died while the cluster started
      if ('confFile' in answer) this.#holders.add(request);
      request.socket.write(`${JSON.stringify(answer)}\n`);
    }
    this.#isBusy = false;
  }

  /** True for a request that could be granted only after its own process had given back what it holds. */
  #waitsForItself({ faults, pid }) {
    return [...this.#holders].some((holder) => holder.pid === pid && (faults || holder.faults));
  }

  #isFreeFor({ faults }) {
    if (this.#holders.size === 0) return true;
    return !faults && [...this.#holders].every((holder) => !holder.faults);
  }

  async #answer() {
    this.#cluster ??= startCluster();
    try {
      return { confFile: (await this.#cluster).confFile };
    } catch (error) {
      return { error: error.message }; // the next one is told the same: what failed once takes a minute to fail again
    }
  }

  async #release(request) {
    this.#waiting = this.#waiting.filter((other) => other !== request);
    if (this.#isClosing) return;
    if (this.#holders.has(request) && request.faults) await (this.#mending = this.#mend());
    this.#holders.delete(request);
    await this.#serve();
  }

  async #mend() {
    const cluster = await this.#cluster;
    try {
      await cluster.heal();
    } catch (error) {
      say(`the Ceph cluster did not get well after faults, the next test gets a new one: ${error.message}`);
      await cluster.stop();
      this.#cluster = undefined;
    }
  }
}

async function startCluster() {
  say('starting a Ceph cluster for the tests (about 10 s, 2.5 GB of memory)');
  const { register } = await import('tsx/esm/api');
  register();
  const { CephCluster } = await import('../test/support/ceph-cluster.ts');
  return await CephCluster.start();
}

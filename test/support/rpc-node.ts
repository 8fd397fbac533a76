import { once } from 'node:events';
import { Health } from '../../src/telemetry/health.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { type ClientOptions, ProvenderClient } from '../../src/rpc/client/index.ts';
import { ProvenderServer, type ServerOptions } from '../../src/rpc/server.ts';
import type { Shares } from '../../src/shares/shares.ts';
import { MemoryShares } from './rpc-memory-shares.ts';

/** A server on a free port of loopback, with its client; both end with the test. */
export interface RpcNode extends AsyncDisposable {
  readonly server: ProvenderServer;
  readonly client: ProvenderClient;
  readonly shares: MemoryShares;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Lines of the server's log. */
  readonly logged: readonly string[];
}

/** Serves a service in memory. */
export async function openRpcNode(
  options: Partial<Omit<ServerOptions, 'shares' | 'telemetry'>> = {},
  clientOptions: ClientOptions = {},
): Promise<RpcNode> {
  const shares = new MemoryShares();
  const served = await serveShares(shares, options, clientOptions);
  return { ...served, shares, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}

/** Serves any service, which stays the caller's. */
export async function serveShares(
  shares: Shares,
  options: Partial<Omit<ServerOptions, 'shares' | 'telemetry'>> = {},
  clientOptions: ClientOptions = {},
): Promise<Omit<RpcNode, 'shares'>> {
  const logged: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => void logged.push(line) } });
  const health = new Health();
  health.setStarted();
  const metrics = new Metrics();
  const listen = { host: '127.0.0.1', port: 0 };
  const telemetry = { log, health, metrics };
  const server = await ProvenderServer.open({ listen, ...options, shares, telemetry }).catch(
    (error: unknown) => {
      health.close();
      throw error;
    },
  );
  const client = await ProvenderClient.open({ address: server.address, ...clientOptions });
  const dispose = async (): Promise<void> => {
    await client.close({ graceMs: 0 });
    await server.close({ force: true });
    health.close();
  };
  return { server, client, health, metrics, logged, [Symbol.asyncDispose]: dispose };
}

/** Waits until `isTrue`, looking at each turn of the event loop. @throws after 10 s */
export async function eventually(what: string, isTrue: () => boolean): Promise<void> {
  const endsAt = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > endsAt) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A promise that a signal rejects with its reason; for gates that hold a call until it is aborted. */
export async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  if (signal === undefined) throw new Error('no signal came');
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

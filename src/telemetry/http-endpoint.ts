import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ProvenderError } from '../content/provender-error.ts';
import type { Telemetry } from './telemetry.ts';

/** Where to listen, and what to tell. */
export interface HttpEndpointOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly telemetry: Telemetry;
}

type Answer = { status: number; contentType: string; text: string };

/** A probe is one line; whoever sends slower than this is no probe. */
const REQUEST_TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 64;

/**
 * `/live`, `/ready` and `/metrics` for probes and Prometheus. Answers without a body to HEAD; everything else is 404 or 405.
 * Needs no rights and tells no secrets, but figures of the node: it listens on loopback unless configured otherwise.
 */
export class HttpEndpoint implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens. @throws ProvenderError `PROVENDER_CONFIG` when the address cannot be had */
  static async open({ host, port, telemetry }: HttpEndpointOptions): Promise<HttpEndpoint> {
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
      respond(telemetry, request, response).catch((error: unknown) => {
        telemetry.log.error({ event: 'http-failed', err: error }, 'an answer of the HTTP endpoint failed');
        response.destroy();
      });
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.listen({ host, port });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new ProvenderError(
        'PROVENDER_CONFIG',
        `http.listen ${host}:${port}: ${reasonOf(error)}; choose another address with --http-listen`,
        { details: { host, port }, cause: error },
      );
    }
    return new HttpEndpoint(server);
  }

  /** The port that it listens on. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Stops listening and cuts what is open: a probe loses nothing. Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'the port is in use';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  if (code === 'EACCES') return 'no right to listen there';
  return error instanceof Error ? error.message : String(error);
}

async function respond(
  telemetry: Telemetry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await answerTo(telemetry, request);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.text),
    'cache-control': 'no-store',
    ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.text);
}

async function answerTo({ health, metrics }: Telemetry, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '/').split('?', 1)[0];
  const isKnown = path === '/live' || path === '/ready' || path === '/metrics';
  if (!isKnown) return json(404, { error: 'not found', paths: ['/live', '/ready', '/metrics'] });
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'only GET and HEAD' });
  if (path === '/live') return json(200, { status: 'live' });
  if (path === '/metrics') return { status: 200, ...(await metrics.page()) };
  const { ready, reasons } = health.readiness();
  return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', reasons });
}

function json(status: number, body: object): Answer {
  return { status, contentType: 'application/json', text: `${JSON.stringify(body)}\n` };
}

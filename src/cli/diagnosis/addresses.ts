import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import type { NodeConfig } from '../../node/settings.ts';
import { type Address, formatAddress } from '../../node/units.ts';
import type { Finding } from '../../node/diagnosis/finding.ts';

const PROBE_TIMEOUT_MS = 3000;

/** Checks that the addresses are free, or that the node on the directory answers there. @param holder - its pid */
export async function* addresses(config: NodeConfig, holder: number | undefined): AsyncGenerator<Finding> {
  for (const [check, flag, address] of [
    ['gRPC address', '--listen', config.listen],
    ['HTTP address', '--http-listen', config.httpListen],
  ] as const) {
    const found = formatAddress(address);
    const isTaken = await answers(address);
    if (isTaken && holder === undefined) {
      const cure = `Stop what listens there, or choose another address with ${flag}.`;
      yield { check, state: 'bad', found: `${found} is in use, and not by a node on this directory`, cure };
    } else if (isTaken) {
      yield { check, state: 'good', found: `${found} answers` };
    } else {
      yield await canListen(check, flag, address);
    }
  }
  if (holder !== undefined) yield await readiness(config.httpListen);
}

/** Whether somebody takes connections there. */
async function answers({ host, port }: Address): Promise<boolean> {
  if (port === 0) return false;
  return await new Promise((resolveAnswer) => {
    const socket = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const end = (isTaken: boolean) => () => {
      socket.destroy();
      resolveAnswer(isTaken);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

async function canListen(check: string, flag: string, address: Address): Promise<Finding> {
  const found = formatAddress(address);
  return await new Promise((resolveFinding) => {
    const server = createServer();
    server.once('error', (error) => {
      const cure = `Choose another address with ${flag}.`;
      resolveFinding({ check, state: 'bad', found: `${found}: ${error.message}`, cure });
    });
    server.listen(address, () => {
      server.close(() => resolveFinding({ check, state: 'good', found: `${found} is free` }));
    });
  });
}

/** Asks a running node by HTTP, which needs no rights. */
async function readiness({ host, port }: Address): Promise<Finding> {
  const check = 'running node';
  const cure = 'Read its log; see docs/operations.md, "Health".';
  try {
    const { status, body } = await fetchText({ host, port });
    if (status === 200) return { check, state: 'good', found: 'ready' };
    return { check, state: 'bad', found: `not ready: ${body.trim()}`, cure };
  } catch (error) {
    const found = `does not answer on ${formatAddress({ host, port })}: ${error instanceof Error ? error.message : String(error)}`;
    return { check, state: 'bad', found, cure };
  }
}

async function fetchText({ host, port }: Address): Promise<{ status: number | undefined; body: string }> {
  return await new Promise((resolveText, reject) => {
    const request = get({ host, port, path: '/ready', timeout: PROBE_TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.once('end', () => resolveText({ status: response.statusCode, body })).once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time'))).once('error', reject);
  });
}

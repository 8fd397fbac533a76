import type { sendUnaryData, Server, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import type { Health } from '../telemetry/health.ts';
import { SERVICE_NAMES } from './methods.ts';
import { asEncoded, sendMessages } from './send-messages.ts';

/** Messages of grpc.health.v1 as its loader gives them. */
interface HealthRequest {
  readonly service: string;
}
interface HealthResponse {
  readonly status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}

/** A watcher that does not read is let go after this long. */
const WATCH_IDLE_MS = 30_000;

/** What a name stands for: `''` is liveness, which answering proves, a service is ready or not; undefined for other names. */
function statusOf(health: Health, name: string): 'SERVING' | 'NOT_SERVING' | undefined {
  if (name === '') return 'SERVING';
  if (!SERVICE_NAMES.some((known) => known === name)) return undefined;
  return health.readiness().ready ? 'SERVING' : 'NOT_SERVING';
}

/** Gives the status now and at each turn until the signal aborts. */
async function* turns(
  health: Health,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<HealthResponse, void> {
  let wake = (): void => undefined;
  let told: string | undefined;
  const onTurn = (): void => wake();
  const stopListening = health.onChange(onTurn);
  signal.addEventListener('abort', onTurn);
  try {
    for (;;) {
      const turned = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const now = statusOf(health, name) ?? 'SERVICE_UNKNOWN';
      if (now !== told) yield { status: now };
      told = now;
      if (signal.aborted) return; // after the last status, which says that the node ends
      await turned;
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', onTurn);
  }
}

/**
 * Puts grpc.health.v1 onto a server: Check, Watch and List over the one source of health. The implementation of grpc-health-check would keep
 * its watchers through a drain and write to them without looking whether they read; only its service definition is used.
 *
 * @param ended - ends the watches, when the server does
 */
export function addHealthService(server: Server, health: Health, ended: AbortSignal): void {
  const { Watch: watch } = service;
  if (watch === undefined) throw new Error('grpc-health-check has no Watch');
  const definition = { ...service, Watch: { ...watch, responseSerialize: asEncoded } };
  server.addService(definition, {
    check(
      call: ServerUnaryCall<HealthRequest, HealthResponse>,
      callback: sendUnaryData<HealthResponse>,
    ): void {
      const found = statusOf(health, call.request.service);
      if (found !== undefined) callback(null, { status: found });
      else callback({ code: status.NOT_FOUND, details: `no service ${call.request.service}` });
    },
    watch(call: ServerWritableStream<HealthRequest, HealthResponse>): void {
      const gone = new AbortController();
      call.once('cancelled', () => gone.abort());
      sendMessages(call, turns(health, call.request.service, AbortSignal.any([ended, gone.signal])), {
        signal: gone.signal,
        idleMs: WATCH_IDLE_MS,
        encode: (message) => watch.responseSerialize(message),
      }).catch(() => call.end());
    },
    list(_call: unknown, callback: sendUnaryData<unknown>): void {
      const names = ['', ...SERVICE_NAMES];
      callback(null, {
        statuses: Object.fromEntries(names.map((name) => [name, { status: statusOf(health, name) }])),
      });
    },
  });
}

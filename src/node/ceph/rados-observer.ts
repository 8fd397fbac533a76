import type { RadosEvents } from '../../objects/rados/rados-events.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { paidDataEvents } from '../paid-data-events.ts';
import { RepeatedFailures } from './repeated-failures.ts';

type Observing = Pick<Telemetry, 'log' | 'metrics'>;

/** Turns what the sessions of a pod report into log lines and figures; docs/operations.md lists both. */
export function radosObserver(telemetry: Observing): RadosEvents {
  return { ...sessionObserver(telemetry), ...workObserver(telemetry) };
}

/** What happens to sessions, the own ones and those of others. */
function sessionObserver({ log, metrics: { store } }: Observing): RadosEvents {
  return {
    sessionOpened(event) {
      store.session('opened');
      log.info({ event: 'session-opened', ...event }, 'a session on the pool is open');
    },
    sessionLost(event) {
      store.session('lost');
      log.warn({ event: 'session-lost', ...event }, 'the session ended before its time; a new one is opened');
    },
    reconnectFailed({ error, retryInMs }) {
      log.warn({ event: 'reconnect-failed', retryInMs, err: error }, 'the cluster is away; tried again');
    },
    fenced(event) {
      store.session('fenced');
      log.warn(
        { event: 'session-fenced', ...event },
        'a pod is dead; its client address is on the blocklist',
      );
    },
    swept(event) {
      store.session('swept', event.bytes);
      log.info({ event: 'session-swept', ...event }, 'what a dead session had left is gone');
    },
  };
}

/** What happens to data, operations and duties. */
function workObserver({ log, metrics: { store } }: Observing): RadosEvents {
  const failures = new RepeatedFailures();
  return {
    foreignName(event) {
      log.warn({ event: 'foreign-name', ...event }, 'a name that is not of Provender; it stays');
    },
    ...paidDataEvents({ log }),
    retried(event) {
      store.retried(event.operation);
      log.debug({ event: 'operation-retried', ...event }, 'no answer; sent again');
    },
    ambiguous(event) {
      log.warn(
        { event: 'operation-ambiguous', ...event },
        'no answer in time; it may have landed, the node goes on finding out',
      );
    },
    dutyFailed({ duty, error }) {
      store.dutyFailed();
      const leftOut = failures.take(duty, error instanceof Error ? error.message : String(error));
      if (leftOut === undefined) return;
      const more = leftOut === 0 ? {} : { leftOut };
      log.warn(
        { event: 'duty-failed', duty, ...more, err: error },
        'a background duty failed; it is repeated',
      );
    },
  };
}

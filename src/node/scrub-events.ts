import type { ScrubEvents } from '../shares/scrub/scrub.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Tells what a scrubber reports to log and metrics. */
export function scrubEvents({ log, metrics: { scrub } }: Telemetry): ScrubEvents {
  return {
    started: (facts) =>
      log.info({ event: 'scrub-started', ...facts }, facts.isContinued ? 'a scrub goes on' : 'a scrub began'),
    paused: () => log.info({ event: 'scrub-paused' }, 'the scrub is paused'),
    resumed: () => log.info({ event: 'scrub-resumed' }, 'the scrub goes on'),
    stopped: () => log.info({ event: 'scrub-stopped' }, 'the scrub was given up'),
    damaged: ({ kind, key, object, block, reason }, message) => {
      scrub.damaged(kind);
      log.error({ event: 'scrub-damage', kind, key, object, block, reason }, message);
    },
    // `chunks` is a name that the log masks
    usageDiffers: ({ chunks: loneChunks, ...others }) =>
      log.warn(
        { event: 'scrub-usage-differs', ...others, loneChunks },
        'counted minus what the store says is not 0; see docs/operations.md',
      ),
    finished: ({ counts, difference, isDeep, startedUnixMs, finishedUnixMs }) => {
      scrub.finished(difference);
      const seconds = Math.round((finishedUnixMs - startedUnixMs) / 1000);
      const level = counts.damaged > 0 ? 'error' : 'info';
      const { chunks: loneChunks, ...others } = counts;
      log[level](
        { event: 'scrub-finished', isDeep, seconds, ...others, loneChunks },
        'the scrub came to its end',
      );
    },
    failed: ({ error, retryMs }) => {
      scrub.failed();
      log.warn({ event: 'scrub-failed', retryMs, err: error }, 'the scrub does not get on, it tries again');
    },
    checked: (kind, count) => scrub.checked(kind, count),
  };
}

import { byteCount } from '../content/geometry.ts';
import type { Scrub, ScrubStart, ScrubStatus } from '../shares/scrub/scrub.ts';
import type { StartScrubRequest, WatchScrubResponse } from '../generated/provender/v1/scrub_service.ts';
import { SCRUB_GRANTS, SCRUB_METHODS } from './methods.ts';
import { scrubStatusToWire } from './scrub-wire.ts';
import type { ServiceHost } from './service-host.ts';

/** The least time between two messages of a watch. */
const WATCH_GAP_MS = 250;
/** A watcher hears this often even when nothing changes, so that it knows that the node is there. */
const WATCH_BEAT_MS = 10_000;

/**
 * Puts `provender.v1.ScrubService` onto a server.
 * @param ended - ends the watches, when the server does
 * @see proto/provender/v1/scrub_service.proto
 */
export function addScrubService(host: ServiceHost, scrub: Scrub, ended: AbortSignal): void {
  const answer = (status: ScrubStatus) => ({ status: scrubStatusToWire(status) });
  const { startScrub, pauseScrub, resumeScrub, stopScrub, getScrubStatus, watchScrub } = SCRUB_METHODS;
  host.unary({ definition: startScrub, grant: SCRUB_GRANTS.startScrub }, async (request) =>
    answer(await scrub.start(startOf(request))),
  );
  host.unary({ definition: pauseScrub, grant: SCRUB_GRANTS.pauseScrub }, async () =>
    answer(await scrub.pause()),
  );
  host.unary({ definition: resumeScrub, grant: SCRUB_GRANTS.resumeScrub }, async () =>
    answer(await scrub.resume()),
  );
  host.unary({ definition: stopScrub, grant: SCRUB_GRANTS.stopScrub }, async () =>
    answer(await scrub.stop()),
  );
  host.unary({ definition: getScrubStatus, grant: SCRUB_GRANTS.getScrubStatus }, async () =>
    answer(scrub.status()),
  );
  host.download({ definition: watchScrub, grant: SCRUB_GRANTS.watchScrub }, (_request, { signal }) =>
    watch(scrub, AbortSignal.any([signal, ended])),
  );
}

function startOf({ bytesPerSecond, deep, restart }: StartScrubRequest): ScrubStart {
  return {
    isDeep: deep,
    isRestart: restart,
    ...(bytesPerSecond !== undefined && { bytesPerSecond: byteCount(bytesPerSecond, 'bytes per second') }),
  };
}

/** Gives the status now and at each change, not too often, until the signal aborts. */
async function* watch(scrub: Scrub, signal: AbortSignal): AsyncGenerator<WatchScrubResponse, void> {
  let wake = (): void => undefined;
  let hasChanged = false;
  const stopListening = scrub.onChange(() => {
    hasChanged = true;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  /** Sleeps for `ms`, or, if `isShort`, until something changes. */
  const sleep = async (ms: number, isShort: boolean): Promise<void> => {
    if (signal.aborted || (isShort && hasChanged)) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      wake = () => {
        if (isShort || signal.aborted) resolve();
      };
    });
    clearTimeout(timer);
  };
  try {
    while (!signal.aborted) {
      hasChanged = false;
      yield { status: scrubStatusToWire(scrub.status()) };
      await sleep(WATCH_GAP_MS, false);
      await sleep(WATCH_BEAT_MS, true);
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', onAbort);
  }
}

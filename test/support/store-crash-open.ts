import type { ObjectStore } from '../../src/objects/object-store.ts';
import type { StepHook } from '../../src/objects/step-hook.ts';
import { RadosStore } from '../../src/objects/rados/rados-store.ts';
import { FileMarks } from './payment-marks.ts';
import { connectAlone, TEST_OWNER } from './rados-pod.ts';
import { embeddedAdapter } from './store-adapters.ts';
import type { CrashOrders, CrashPlace } from './store-crash-plan.ts';

/** Steps of single files on adapter `files`. */
const OF_FILES = /^(file|folder): /;

/** Opens the store of a crash child, with the steps that `crashSteps` counts. */
export function openForCrash(orders: CrashOrders, onStep: StepHook): Promise<ObjectStore> {
  const { adapter, directory, rados, paid } = orders;
  if (rados !== undefined) return openRados(rados, onStep);
  const marks = paid && { marks: new FileMarks(paid.marks) };
  return embeddedAdapter(adapter).open({ directory, reserveBytes: 0, onStep, ...marks });
}

/** Counts steps; `kill` is called inside the one that the orders name. */
export function crashSteps({ killAtStep, rados, paid }: CrashOrders, kill: () => void): StepHook {
  if (rados !== undefined) return killerInRuns(killAtStep, rados.killAfter, kill);
  let steps = 0;
  return (step) => {
    if (paid?.coarse === true && OF_FILES.test(step)) return;
    steps++;
    if (steps === killAtStep) kill();
  };
}

/** Counts runs of steps of one name, since a collection has an index operation for each of its chunks. */
function killerInRuns(killAtStep: number | undefined, killAfter: number, kill: () => void): StepHook {
  let runs = 0;
  let inRun = 0;
  let last = '';
  return (step) => {
    if (step === last) inRun++;
    else {
      runs++;
      inRun = 0;
      // A run that is shorter than `killAfter` ends with the next one.
      if (killAtStep !== undefined && runs === killAtStep + 1) kill();
    }
    last = step;
    if (runs === killAtStep && inRun === killAfter) kill();
  };
}

function openRados(place: CrashPlace, onStep: StepHook): Promise<ObjectStore> {
  const { confFile, user, pool, namespace, deadMs, podName = 'crash child' } = place;
  return RadosStore.open({
    ...TEST_OWNER,
    connect: () => connectAlone(confFile, user),
    pool,
    namespace,
    limitBytes: 2 ** 30,
    podName,
    beatMs: 50,
    deadMs,
    removalDelayMs: 20,
    lookMs: 100,
    onStep,
  });
}

import { writeSync } from 'node:fs';
import { isRadosError } from '../../src/objects/rados/client/rados-error.ts';
import type { RadosSession } from '../../src/objects/rados/rados-session.ts';
import { Sessions } from '../../src/objects/rados/sessions.ts';
import { connectAlone, TEST_OWNER } from './rados-pod.ts';
import type { PodOrders } from './rados-pod-process.ts';
import { stageRaw } from './rados-raw-data.ts';
import { makeQuickFile } from './store-objects.ts';

// A pod in a process of its own, that can be killed and paused. It tells what happens, one line each, written before anything else goes on.

const orders: PodOrders = JSON.parse(process.argv[2] ?? '{}');
const tell = (line: string): void => void writeSync(1, `${line}\n`);

let steps = 0;
const sessions = await Sessions.open({
  ...TEST_OWNER,
  connect: () => connectAlone(orders.confFile, orders.user),
  pool: orders.pool,
  namespace: orders.namespace,
  limitBytes: 2 ** 30,
  podName: 'child',
  beatMs: orders.beatMs,
  deadMs: orders.deadMs,
  onStep: (step) => {
    if (orders.stepsOf !== undefined && !step.startsWith(orders.stepsOf)) return;
    steps++;
    if (steps === orders.killAtStep) {
      tell(`killed at ${step}`);
      process.kill(process.pid, 'SIGKILL');
    }
  },
  events: {
    sessionOpened: ({ session }) => tell(`opened ${session}`),
    sessionLost: ({ session }) => tell(`lost ${session}`),
    swept: ({ session }) => tell(`swept ${session}`),
  },
});
tell('ready');
if (orders.work === 'stage') await stageForEver();
else setInterval(() => undefined, 60_000);

async function stageForEver(): Promise<never> {
  const object = makeQuickFile('of a child', 4096);
  for (let session: RadosSession | undefined; ; ) {
    try {
      session = sessions.current();
      await stageRaw(session, { object });
      tell(`staged ${session.number}`);
    } catch (error) {
      session?.failed(error);
      if (isRadosError(error)) tell(`refused ${session?.number} ${error.code}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

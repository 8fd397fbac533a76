// A plain user of rados.node that keeps 64 reads and 64 writes in flight until it is ended: in a worker (workerData) or
// in a process of its own (first argument, JSON). Plain JavaScript, for workers know no tsx.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const KEYS = 64;
const SIZE = 4096;
const task = workerData ?? JSON.parse(process.argv[2]);
const rados = createRequire(import.meta.url)(task.addon);

/** What is done with each result; its index is the id. */
const goOn = [];
rados.start((pairs) => {
  for (let i = 0; i < pairs.length; i += 2) goOn[pairs[i]](pairs[i + 1]);
});

function say(message) {
  if (parentPort === null) process.stdout.write(`${message}\n`);
  else parentPort.postMessage(message);
}

/** Writes and reads forever; says "busy" when each read has come back once. */
function keepBusy(pool) {
  const bytes = new Uint8Array(SIZE).fill(1);
  let first = KEYS;
  for (let i = 0; i < KEYS; i++) {
    const into = new Uint8Array(new SharedArrayBuffer(SIZE));
    const write = () => pool.writeFull(i, `busy-${i}`, bytes);
    const read = () => pool.read(KEYS + i, `busy-${i}`, 0, into);
    goOn[i] = write;
    goOn[KEYS + i] = () => {
      if (--first === 0) say('busy');
      read();
    };
    write();
    read();
  }
}

const ENDS = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('on purpose');
  },
};

const end = () => ENDS[task.end]();
say('connecting');
if (task.endWhile === 'connecting') setTimeout(end, task.endAfterMs);
const cluster = await rados.connect(task.connect);
keepBusy(await cluster.pool(task.pool, task.namespace));
if (task.endWhile === 'busy') setTimeout(end, task.endAfterMs);

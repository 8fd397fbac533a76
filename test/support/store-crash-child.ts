import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { FileMarks, operationOf } from './payment-marks.ts';
import { crashSteps, openForCrash } from './store-crash-open.ts';
import {
  type CrashOrders,
  LANES,
  laneNames,
  type Operation,
  type PaidOrders,
  SCRIPT,
  seededRandom,
  thingNamed,
} from './store-crash-plan.ts';
import { stageObject, storeObject } from './store-objects.ts';
import { readChunk } from './store-reading.ts';

// A real process that works on a store until it is killed. It tells what it begins and what was acknowledged, one line each, written before
// anything else happens.

const RETRY_MS = 20;
const orders: CrashOrders = JSON.parse(process.argv[2] ?? '{}');
const tell = (line: string): void => void writeSync(1, `${line}\n`);

const step = crashSteps(orders, () => process.kill(process.pid, 'SIGKILL'));
const store = await openForCrash(orders, step);
tell('ready');
if (orders.paid !== undefined) await setPaid(store, orders.paid);
else if (orders.seed === undefined) await runScript(store);
else {
  const { seed, firstLane = 0 } = orders;
  await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(store, firstLane + lane, seed)));
}
await store.close();
tell('end');

async function runScript(target: ObjectStore): Promise<void> {
  for (const [operation, name] of SCRIPT) {
    if (operation === 'discard') await discard(target, name);
    else await told(target, operation, name);
  }
}

async function setPaid(target: ObjectStore, { name, marks, operation }: PaidOrders): Promise<void> {
  const thing = thingNamed(name);
  if ('chunk' in thing) throw new ProvenderError('PROVENDER_INTERNAL', `${name} cannot be staged`);
  const { object } = thing;
  const id = operationOf(operation);
  const tag = await stageObject(target, object, { operation: id });
  const head = object.head(tag);
  const { held } = await target.prepare(object.id, head);
  const isPaid = !held && (await new FileMarks(marks).pay(id, { tag, head }));
  await step('payment');
  await (isPaid ? target.publish(object.id, head) : target.discard(tag));
  tell(isPaid ? 'published' : 'discarded');
}

async function runLane(target: ObjectStore, lane: number, seed: number): Promise<never> {
  const names = laneNames(lane);
  const random = seededRandom(seed * LANES + lane);
  for (;;) {
    const name = names[Math.floor(random() * names.length)] ?? '';
    const draw = random();
    try {
      if (draw < 0.1 && !name.startsWith('chunk')) await discard(target, name);
      else await told(target, draw < 0.6 ? 'set' : 'remove', name);
    } catch (error) {
      // another pod took this one for dead: it goes on in a new session
      if (!isProvenderError(error, 'PROVENDER_UNAVAILABLE')) throw error;
      tell(`failed ${name}`);
      await wait(RETRY_MS);
    }
  }
}

async function told(target: ObjectStore, operation: Operation, name: string): Promise<void> {
  tell(`begin ${operation} ${name}`);
  await (operation === 'set' ? set(target, name) : remove(target, name));
  tell(`done ${operation} ${name}`);
}

async function set(target: ObjectStore, name: string): Promise<void> {
  const thing = thingNamed(name);
  if ('chunk' in thing) {
    await target.setChunk(thing.chunk);
    return;
  }
  const { held, tag } = await storeObject(target, thing.object);
  if (held) await target.discard(tag);
}

async function remove(target: ObjectStore, name: string): Promise<void> {
  const thing = thingNamed(name);
  if ('chunk' in thing) {
    const chunk = await readChunk(target, thing.chunk.id);
    if (chunk !== undefined) await target.removeChunk(chunk.id, chunk.head);
    return;
  }
  const head = await target.getHead(thing.object.id);
  if (head !== undefined) await target.remove(thing.object.id, head);
}

async function discard(target: ObjectStore, name: string): Promise<void> {
  const thing = thingNamed(name);
  if ('chunk' in thing) throw new ProvenderError('PROVENDER_INTERNAL', `${name} cannot be staged`);
  await target.discard(await stageObject(target, thing.object));
}

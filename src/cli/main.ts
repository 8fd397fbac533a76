#!/usr/bin/env node
import { letHeapGrow } from '../node/heap-growth.ts';
import { runProgram } from './program.ts';

letHeapGrow();
await runProgram(process.argv);

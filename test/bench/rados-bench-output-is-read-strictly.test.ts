import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseReadOutput,
  parseWriteOutput,
  radosBenchContent,
} from '../../bench/support/rados-bench-output.ts';

// Both as rados 16.2.15 wrote them.
const FIRST_SECOND =
  '"datas":[{"sec":"0","cur_ops":"0","started":"0","finished":"0","avg_bw":"0.000000","cur_bw":"0.000000","last_lat":"0.000000","avg_lat":"0.000000"}]';
const READ = `hints = 1
{${FIRST_SECOND},"total_time_run":"1.000675","total_reads_made":"20612","read_size":"4096","object_size":"4096","bandwidth":"80.461295","average_iops":"20598","stddev_iops":"0.000000","max_iops":"20599","min_iops":"20599","average_latency":"0.000770","max_latency":"0.005582","min_latency":"0.000110"}

`;
const WRITE = `hints = 1
{"concurrent_ios":"16","object_size":"4096","op_size":"4096","seconds_to_run":"2","max_objects":"100","object_prefix":"benchmark_data_vm_25397",${FIRST_SECOND},"total_time_run":"0.057183","total_writes_made":"100","write_size":"4096","object_size":"4096","bandwidth":"6.831183","stddev_bandwidth":"0.000000","max_bandwidth":"0.000000","min_bandwidth":"179769313486231570814527423731704356798070.000000","average_iops":"1748","stddev_iops":"948347824","max_iops":"99","min_iops":"99","average_latency":"0.008877","stddev_latency":"0.002568","max_latency":"0.014245","min_latency":"0.002125"}
`;

test('counts, time and size are taken as they are, rounded rates are not', () => {
  assert.deepEqual(parseReadOutput(READ), { operations: 20_612, seconds: 1.000675, operationBytes: 4096 });
  assert.deepEqual(parseWriteOutput(WRITE), {
    operations: 100,
    seconds: 0.057183,
    operationBytes: 4096,
    prefix: 'benchmark_data_vm_25397',
  });
});

test('output of another form is an error and no figure', () => {
  const wrong: Readonly<Record<string, string>> = {
    'nothing at all': '',
    'no JSON': 'hints = 1\nTotal time run: 2.00401\n',
    'another first line': READ.replace('hints = 1\n', 'hints = 2\n'),
    'no first line': READ.replace('hints = 1\n', ''),
    'cut off': READ.slice(0, -30),
    'a missing count': READ.replace('total_reads_made', 'total_reads'),
    'a rate in words': READ.replace('1.000675', 'one'),
    'a negative time': READ.replace('1.000675', '-1.000675'),
    'a number that is none': READ.replace('20612', '20 612'),
    'no operation': READ.replace('"20612"', '"0"'),
    'no time': READ.replace('1.000675', '0.000000'),
    'parts of objects': READ.replace('"read_size":"4096"', '"read_size":"1024"'),
    'the output of a write': WRITE,
  };
  for (const [what, output] of Object.entries(wrong))
    assert.throws(() => parseReadOutput(output), Error, what);
  assert.throws(() => parseWriteOutput(READ));
  assert.throws(() => parseWriteOutput(WRITE.replace('"op_size":"4096"', '"op_size":"512"')), /pieces/);
  assert.throws(() => parseWriteOutput(WRITE.replace('"object_prefix":"benchmark_data_vm_25397",', '')));
});

test('the content of an object of rados bench is known to the byte', () => {
  // `rados get` of object 2910 of a run: this head, a zero, and "z" up to the end.
  const bytes = Buffer.from(radosBenchContent(2910, 4096));
  assert.equal(bytes.length, 4096);
  assert.equal(bytes.subarray(0, 31).toString('latin1'), "I'm the             2910th op!\0");
  assert.equal(
    bytes.subarray(31).every((byte) => byte === 0x7a),
    true,
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { kindOfFailure, mayRepeat } from '../../src/state/etcd/etcd-failures.ts';

const sent = (code: number, details: string) => ({ code, details, isSent: true });

test('a request that was not sent may go elsewhere, whatever the status says', () => {
  for (const code of [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL, status.UNKNOWN])
    assert.equal(kindOfFailure({ code, details: 'anything', isSent: false }), 'elsewhere');
});

test('a write that was sent is unclear after every failure that does not come before its first step', () => {
  // texts of etcd 3.4 to 3.6; a member whose space runs out while it applies a transaction has applied it
  const unclear = [
    sent(status.DEADLINE_EXCEEDED, 'Deadline exceeded after 1.5s'),
    sent(status.UNAVAILABLE, 'Connection dropped'),
    sent(status.UNAVAILABLE, 'etcdserver: request timed out'),
    sent(status.UNAVAILABLE, 'etcdserver: request timed out, possibly due to previous leader failure'),
    sent(status.UNAVAILABLE, 'etcdserver: request timed out, possibly due to connection lost'),
    sent(status.UNAVAILABLE, 'etcdserver: leader changed'),
    sent(status.UNAVAILABLE, 'etcdserver: server stopped'),
    sent(status.UNKNOWN, 'raft proposal dropped'),
    sent(status.INTERNAL, 'Received RST_STREAM with code 2'),
    sent(status.CANCELLED, 'context canceled'),
    sent(status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded'),
    sent(status.RESOURCE_EXHAUSTED, 'Received message larger than max'),
    sent(status.DATA_LOSS, 'etcdserver: corrupt cluster'),
  ];
  for (const failure of unclear) assert.equal(kindOfFailure(failure), 'unclear', failure.details);
});

test('a refusal before the first step is a refusal, and the lack of a leader another one’s chance', () => {
  assert.equal(kindOfFailure(sent(status.UNAVAILABLE, 'etcdserver: no leader')), 'elsewhere');
  assert.equal(
    kindOfFailure(sent(status.UNAVAILABLE, 'etcdserver: rpc not supported for learner')),
    'elsewhere',
  );
  assert.equal(kindOfFailure(sent(status.NOT_FOUND, 'etcdserver: requested lease not found')), 'refused');
  assert.equal(kindOfFailure(sent(status.RESOURCE_EXHAUSTED, 'etcdserver: too many requests')), 'refused');
  // a text beside the known one proves nothing
  assert.equal(kindOfFailure(sent(status.UNAVAILABLE, 'etcdserver: no leader?')), 'unclear');
});

test('reads go elsewhere after what passes, and not after what would be the same there', () => {
  assert.equal(mayRepeat(sent(status.DEADLINE_EXCEEDED, 'late')), true);
  assert.equal(mayRepeat(sent(status.UNAVAILABLE, 'etcdserver: leader changed')), true);
  assert.equal(mayRepeat(sent(status.UNAVAILABLE, 'etcdserver: no leader')), true);
  assert.equal(
    mayRepeat(sent(status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision has been compacted')),
    false,
  );
  assert.equal(mayRepeat(sent(status.PERMISSION_DENIED, 'etcdserver: permission denied')), false);
});

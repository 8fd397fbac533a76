# core.node: the hash kernels, the VRF, and public keys of signatures. Without a compiler the TypeScript twins run in its place.
# The last of them calls the OpenSSL inside of Node and is left out where its headers do not lie beside Node's own, and by
# `--with_openssl=0`.
# rados.node: the librados binding. It is left out where librados' header is missing, and by `--with_rados=0`; there is
# no pkg-config file to ask, and the condition below compares numbers, since one with a string never matches.
# The TypeScript side finds the results in build/Release. `--werror=1` is for CI. `--asan=1` and `--tsan=1` build
# everything here for a sanitizer; both are variables of Node's own common.gypi, which has flags for the first only.
# `--hub_test=1` adds an addon that only tests load.
{
  'variables': {
    'werror%': 0,
    'hub_test%': 0,
    'with_openssl%': '<!(test -f "<(node_root_dir)/include/node/openssl/ec.h" && echo 1 || echo 0)',
    'with_rados%': '<!(test -f /usr/include/rados/librados.h && echo 1 || echo 0)',
    'shared_sources': [
      'native/shared/arguments.cc',
      'native/shared/background.cc',
      'native/shared/completion-hub.cc',
      'native/shared/exit-guard.cc',
      'native/shared/pins.cc',
      'native/shared/promised.cc',
    ],
  },
  'target_defaults': {
    'dependencies': ['<!(node -p "require(\'node-addon-api\').targets"):node_addon_api_except'],
    'defines': [
      'NAPI_VERSION=9',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
      'NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS',
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
    ],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=c++20', '-fvisibility=hidden', '-Wall', '-Wextra'],
    # An addon loaded by a worker only would be unloaded with it, while its code may still run (nodejs/node#43534).
    'ldflags': ['-Wl,-z,nodelete'],
    'conditions': [
      ['werror==1', { 'cflags_cc': ['-Werror'] }],
      ['tsan==1', { 'cflags_cc': ['-fsanitize=thread', '-g'], 'ldflags': ['-fsanitize=thread'] }],
    ],
  },
  'targets': [
    {
      'target_name': 'core',
      'sources': [
        'native/proof/addon.cc',
        'native/proof/avx512.cc',
        'native/proof/call.cc',
        'native/proof/challenge.cc',
        'native/proof/dispatch.cc',
        'native/proof/graph-calls.cc',
        'native/proof/graph.cc',
        'native/proof/label-start.cc',
        'native/proof/merkle.cc',
        'native/proof/messages.cc',
        'native/proof/multiproof.cc',
        'native/proof/portable.cc',
        'native/proof/preimage.cc',
        'native/proof/read-proof.cc',
        'native/proof/relation.cc',
        'native/proof/replica-calls.cc',
        'native/proof/replica.cc',
        'native/proof/shani.cc',
        'native/proof/statement.cc',
        'native/proof/verify-calls.cc',
        'native/proof/verify.cc',
        'native/proof/whole.cc',
        'native/vrf/base-tables.cc',
        'native/vrf/ecvrf.cc',
        'native/vrf/hash-to-curve.cc',
        'native/vrf/open-multiply.cc',
        'native/vrf/point.cc',
        'native/vrf/scalar.cc',
        'native/vrf/secret-multiply.cc',
        'native/vrf/sha512.cc',
        'native/vrf/subgroup.cc',
        'native/vrf/vrf-calls.cc',
      ],
      'conditions': [
        [
          'with_openssl==1',
          {
            'defines': ['PROVENDER_OPENSSL'],
            'sources': ['native/payments/public-key-recovery.cc', 'native/payments/recovery-calls.cc'],
          },
        ],
      ],
    },
    {
      'target_name': 'rados',
      'conditions': [
        [
          'with_rados==1',
          {
            'sources': [
              '<@(shared_sources)',
              'native/rados/cluster-handle.cc',
              'native/rados/cluster.cc',
              'native/rados/environment.cc',
              'native/rados/io-context.cc',
              'native/rados/pool-batch.cc',
              'native/rados/pool-change.cc',
              'native/rados/pool-list.cc',
              'native/rados/pool-look.cc',
              'native/rados/pool-read.cc',
              'native/rados/pool-write.cc',
              'native/rados/pool.cc',
              'native/rados/rados-operation.cc',
            ],
            'libraries': ['-lrados'],
          },
          { 'type': 'none' },
        ],
      ],
    },
    {
      'target_name': 'hub_test',
      'conditions': [
        [
          'hub_test==1',
          { 'sources': ['<@(shared_sources)', 'native/hub-test/addon.cc', 'native/hub-test/engine.cc'] },
          { 'type': 'none' },
        ],
      ],
    },
  ],
}

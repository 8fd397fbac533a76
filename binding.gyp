# core.node: the hash kernels. Without a compiler the TypeScript twins run in its place.
# The TypeScript side finds the result at build/Release/core.node. `--werror=1` is for CI; `--asan=1` comes from
# Node's own common.gypi and builds everything here for AddressSanitizer.
{
  'variables': { 'werror%': 0 },
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
    'conditions': [['werror==1', { 'cflags_cc': ['-Werror'] }]],
  },
  'targets': [
    {
      'target_name': 'core',
      'sources': [
        'native/proof/addon.cc',
        'native/proof/avx512.cc',
        'native/proof/dispatch.cc',
        'native/proof/merkle.cc',
        'native/proof/messages.cc',
        'native/proof/portable.cc',
        'native/proof/shani.cc',
      ],
    },
  ],
}

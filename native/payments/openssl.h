#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

/// The part of OpenSSL that recovery calls. It is the copy inside of Node, whose program exports it to
/// addons. Each name is weak: where a Node does not export one, its address is null and the addon still
/// loads, with all else that is in it.
#define PROVENDER_OPENSSL_NAMES(X)       \
  X(BN_CTX_free)                         \
  X(BN_CTX_new)                          \
  X(BN_bin2bn)                           \
  X(BN_cmp)                              \
  X(BN_free)                             \
  X(BN_is_zero)                          \
  X(BN_mod_inverse)                      \
  X(BN_mod_mul)                          \
  X(BN_new)                              \
  X(BN_sub)                              \
  X(EC_GROUP_free)                       \
  X(EC_GROUP_get0_order)                 \
  X(EC_GROUP_new_by_curve_name)          \
  X(EC_POINT_free)                       \
  X(EC_POINT_is_at_infinity)             \
  X(EC_POINT_mul)                        \
  X(EC_POINT_new)                        \
  X(EC_POINT_point2oct)                  \
  X(EC_POINT_set_compressed_coordinates) \
  X(ERR_pop_to_mark)                     \
  X(ERR_set_mark)

#define PROVENDER_WEAK(name) extern "C" __attribute__((weak)) decltype(name) name;
PROVENDER_OPENSSL_NAMES(PROVENDER_WEAK)
#undef PROVENDER_WEAK

namespace provender::payments {

/// Whether all of the names are there. Nothing of OpenSSL may be called before this has said yes. Any thread.
inline bool HasOpenssl() {
#define PROVENDER_IS_THERE(name) &&name != nullptr
  return true PROVENDER_OPENSSL_NAMES(PROVENDER_IS_THERE);
#undef PROVENDER_IS_THERE
}

}  // namespace provender::payments

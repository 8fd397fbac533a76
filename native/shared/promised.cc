#include "promised.h"

#include <cstring>

namespace provender {

Napi::Error MakeError(Napi::Env env, const CallFailure& failure) {
  const std::string reason = std::strerror(-failure.rc);
  Napi::Error error =
      Napi::Error::New(env, std::string(failure.call) + " " + failure.subject + ": " + reason);
  error.Set("errno", Napi::Number::New(env, failure.rc));
  error.Set("syscall", Napi::String::New(env, failure.call));
  return error;
}

void Require(int rc, const char* call, const std::string& subject) {
  if (rc < 0) throw CallFailure{rc, call, subject};
}

}  // namespace provender

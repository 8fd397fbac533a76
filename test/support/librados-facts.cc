// Asks librados itself what spec/native-addon.md, section 3, says of it; prints one JSON object.
// Arguments: fact, ceph.conf, user, pool, then keys of objects that are there.
#include <rados/librados.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::vector<std::string> keys;
std::atomic<int> callbacks = 0, running = 0, most_running = 0, last_rc = 0;

/// Counts, and how many run at once; takes 5 ms.
void SlowCallback(rados_completion_t completion, void*) {
  const int now = ++running;
  if (now > most_running) most_running = now;
  std::this_thread::sleep_for(milliseconds(5));
  last_rc = rados_aio_get_return_value(completion);
  running--;
  callbacks++;
}

rados_completion_t NewCompletion() {
  rados_completion_t completion;
  rados_aio_create_completion2(nullptr, SlowCallback, &completion);
  return completion;
}

bool WaitForCallbacks(int count, milliseconds limit) {
  for (const auto end = Clock::now() + limit; Clock::now() < end;) {
    if (callbacks >= count) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}

/// Callbacks of one rados_t run one at a time.
void Serial(rados_t, rados_ioctx_t io) {
  std::vector<char> into(4096);
  for (int i = 0; i < 40; i++)
    rados_aio_read(io, keys[i % keys.size()].c_str(), NewCompletion(), into.data(), 64, 0);
  const bool all = WaitForCallbacks(40, milliseconds(10'000));
  std::printf("{\"all\": %s, \"mostAtOnce\": %d}\n", all ? "true" : "false", most_running.load());
}

/// The number that an operation ends with, whether it is refused or answered.
int ResultOf(const std::function<int(rados_completion_t)>& submit) {
  rados_completion_t completion = NewCompletion();
  const int refused = submit(completion);
  if (refused < 0) return refused;
  rados_aio_wait_for_complete_and_cb(completion);
  return rados_aio_get_return_value(completion);
}

/// What is refused never calls back; cancelling what has ended is no error; keys have limits.
void Refusals(rados_t, rados_ioctx_t io) {
  char byte = 0;
  const int huge = rados_aio_write(io, "k", NewCompletion(), &byte, size_t{1} << 32, 0);
  const bool called_back = WaitForCallbacks(1, milliseconds(300));
  rados_completion_t ended = NewCompletion();
  rados_aio_stat(io, keys[0].c_str(), ended, nullptr, nullptr);
  rados_aio_wait_for_complete_and_cb(ended);
  const int cancel = rados_aio_cancel(io, ended);
  const auto write_to = [&](const std::string& key) {
    return ResultOf([&](rados_completion_t it) { return rados_aio_write(io, key.c_str(), it, &byte, 1, 0); });
  };
  std::printf(
      "{\"huge\": %d, \"calledBack\": %s, \"cancelOfEnded\": %d, \"emptyKey\": %d, \"key2049\": %d}\n", huge,
      called_back ? "true" : "false", cancel, write_to(""), write_to(std::string(2049, 'k')));
}

/// With an OSD paused: the fifth operation of four waits inside the submit call.
void Blocking(rados_t, rados_ioctx_t io) {
  std::atomic<int> submitted = 0;
  char byte = 0;
  std::thread submitter([&] {
    for (int i = 0; i < 8; i++) {
      rados_aio_read(io, keys[0].c_str(), NewCompletion(), &byte, 1, 0);
      submitted++;
    }
  });
  std::this_thread::sleep_for(milliseconds(500));
  std::printf("{\"submitted\": %d}\n", submitted.load());
  std::fflush(stdout);
  _exit(0);  // the submitter hangs
}

/// With an OSD paused: a pending operation is answered by cancel at once; what is pending at shutdown is
/// never answered.
void Pending(rados_t cluster, rados_ioctx_t io) {
  static char byte = 0;
  rados_completion_t cancelled = NewCompletion();
  rados_aio_read(io, keys[0].c_str(), cancelled, &byte, 1, 0);
  const int rc = rados_aio_cancel(io, cancelled);
  const bool answered = WaitForCallbacks(1, milliseconds(1000));
  const int answer = last_rc;
  rados_aio_read(io, keys[0].c_str(), NewCompletion(), &byte, 1, 0);
  rados_shutdown(cluster);
  const bool late = WaitForCallbacks(2, milliseconds(1000));
  std::printf("{\"cancel\": %d, \"answered\": %s, \"answer\": %d, \"answeredAfterShutdown\": %s}\n", rc,
              answered ? "true" : "false", answer, late ? "true" : "false");
  std::fflush(stdout);
  _exit(0);  // the ioctx outlived its connection
}

void Check(int rc, const char* call) {
  if (rc >= 0) return;
  std::fprintf(stderr, "%s: %s\n", call, std::strerror(-rc));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(rados_t, rados_ioctx_t)>> facts = {
      {"serial", Serial}, {"refusals", Refusals}, {"blocking", Blocking}, {"pending", Pending}};
  if (argc < 6 || !facts.contains(argv[1])) return 2;
  keys.assign(argv + 5, argv + argc);
  rados_t cluster;
  rados_ioctx_t io;
  Check(rados_create2(&cluster, "ceph", (std::string("client.") + argv[3]).c_str(), 0), "rados_create2");
  Check(rados_conf_read_file(cluster, argv[2]), "rados_conf_read_file");
  if (argv[1] == std::string("blocking")) rados_conf_set(cluster, "objecter_inflight_ops", "4");
  Check(rados_connect(cluster), "rados_connect");
  Check(rados_ioctx_create(cluster, argv[4], &io), "rados_ioctx_create");
  facts.at(argv[1])(cluster, io);
  std::fflush(stdout);
  _exit(0);  // completions are left to the end of the process
}

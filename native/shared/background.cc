#include "background.h"

#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace provender {
namespace {

/// Threads live as long as there are jobs. More jobs than this wait in line: they are connects, pages of
/// listings and the like, which TypeScript starts one after the other.
constexpr size_t kMostThreads = 16;

/// Never destroyed: a job may outlive main().
struct Jobs {
  std::mutex mutex;
  std::deque<std::unique_ptr<Job>> waiting;
  size_t threads = 0;
};

Jobs& TheJobs() {
  static Jobs& jobs = *new Jobs;
  return jobs;
}

std::unique_ptr<Job> NextJob() {
  std::lock_guard lock(TheJobs().mutex);
  if (TheJobs().waiting.empty()) {
    TheJobs().threads--;
    return nullptr;
  }
  std::unique_ptr<Job> job = std::move(TheJobs().waiting.front());
  TheJobs().waiting.pop_front();
  return job;
}

void WorkOff() {
  const BlockingAllowed allowed;
  while (const std::unique_ptr<Job> job = NextJob()) job->Work();
}

thread_local bool blocking_allowed = false;

}  // namespace

void RunInBackground(std::unique_ptr<Job> job) {
  std::lock_guard lock(TheJobs().mutex);
  TheJobs().waiting.push_back(std::move(job));
  if (TheJobs().threads == kMostThreads) return;
  TheJobs().threads++;
  std::thread(WorkOff).detach();
}

bool IsBackgroundIdle() {
  std::lock_guard lock(TheJobs().mutex);
  return TheJobs().threads == 0;
}

BlockingAllowed::BlockingAllowed() : before_(std::exchange(blocking_allowed, true)) {
}

BlockingAllowed::~BlockingAllowed() {
  blocking_allowed = before_;
}

bool BlockingAllowed::Here() {
  return blocking_allowed;
}

}  // namespace provender

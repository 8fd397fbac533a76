#pragma once

#include <memory>

namespace provender {

/// A call that may block for long. Deleted right after Work, on the same thread.
class Job {
 public:
  virtual ~Job() = default;
  virtual void Work() noexcept = 0;
};

/// Runs a job on a thread made for such calls: neither Node's event loop nor libuv's four threads ever wait
/// for a cluster, and a worker can be terminated while its connect still waits for a monitor. Thread: any.
void RunInBackground(std::unique_ptr<Job> job);

/// No job runs or waits. Thread: any.
bool IsBackgroundIdle();

/// Says that this thread may block for as long as the object lives: in the background, and while an
/// environment ends.
class BlockingAllowed {
 public:
  BlockingAllowed();
  ~BlockingAllowed();
  BlockingAllowed(const BlockingAllowed&) = delete;
  BlockingAllowed& operator=(const BlockingAllowed&) = delete;

  static bool Here();

 private:
  const bool before_;
};

}  // namespace provender

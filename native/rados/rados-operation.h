#pragma once

#include <rados/librados.h>

#include <memory>
#include <utility>

#include "../shared/completion-hub.h"
#include "../shared/pins.h"
#include "io-context.h"

namespace provender {

/// One aio call. Thread and lifetime: those of Operation. Owns its completion, and holds what librados uses
/// until it has called back: the ioctx, the hub and the memory that it reads into.
class RadosOperation : public Operation {
 public:
  RadosOperation(uint32_t id, std::shared_ptr<CompletionHub> hub, std::shared_ptr<IoContext> io);
  ~RadosOperation() override;

  rados_ioctx_t io() const { return io_->get(); }
  rados_completion_t completion() const { return completion_; }
  void Hold(Pin pin) { pin_ = std::move(pin); }
  void Cancel() noexcept override;

  /// Hands the operation to the hub and submits it; `submit` gets it and gives what librados returned. A
  /// submission that was refused is completed with its code at once, since no callback will come. Thread: JS.
  template <typename Kind, typename Submit>
  static void Run(std::unique_ptr<Kind> owned, Submit submit) {
    Kind& operation = *owned;
    operation.hub_->Begin(std::move(owned));
    const int rc = submit(operation);
    if (rc < 0) operation.hub_->Complete(&operation, rc);
  }

 private:
  static void Completed(rados_completion_t completion, void* operation);

  const std::shared_ptr<CompletionHub> hub_;
  const std::shared_ptr<IoContext> io_;
  rados_completion_t completion_;
  Pin pin_;
};

}  // namespace provender

#include "rados-operation.h"

namespace provender {

/// Implements: int rados_aio_create_completion2(void* cb_arg, rados_callback_t cb_complete,
/// rados_completion_t* pc)
RadosOperation::RadosOperation(uint32_t id, std::shared_ptr<CompletionHub> hub, std::shared_ptr<IoContext> io)
    : Operation(id), hub_(std::move(hub)), io_(std::move(io)) {
  rados_aio_create_completion2(this, Completed, &completion_);  // cannot fail
}

/// Implements: void rados_aio_release(rados_completion_t c)
RadosOperation::~RadosOperation() {
  rados_aio_release(completion_);
}

/// Also fine for a finished operation. A pending one is answered with -ECANCELED by librados' own thread.
/// Implements: int rados_aio_cancel(rados_ioctx_t io, rados_completion_t completion)
void RadosOperation::Cancel() noexcept {
  rados_aio_cancel(io(), completion_);
}

/// Thread: librados'. These run one at a time for the whole process, so this appends and wakes, and no more.
/// The hub is held here, for the operation may be gone before Complete returns.
void RadosOperation::Completed(rados_completion_t completion, void* argument) {
  auto* operation = static_cast<RadosOperation*>(argument);
  const std::shared_ptr<CompletionHub> hub = operation->hub_;
  hub->Complete(operation, rados_aio_get_return_value(completion));
}

}  // namespace provender

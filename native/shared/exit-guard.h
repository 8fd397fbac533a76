#pragma once

#include <memory>

namespace provender {

class CompletionHub;

/// Silences the hub when the process exits by process.exit() or an uncaught exception: Node then runs no
/// clean-up hooks, and exit() destroys the static data that callbacks of the engine would use. Thread: the
/// hub's JS thread.
void GuardAtExit(const std::shared_ptr<CompletionHub>& hub);

}  // namespace provender

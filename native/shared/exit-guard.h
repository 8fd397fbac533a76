#pragma once

#include <memory>

namespace provender {

class CompletionHub;

/// What happens when the process exits by process.exit() or an uncaught exception. Node then runs no clean-up
/// hooks, and exit() destroys static data that threads of the engine still use: a crash in one of some
/// hundred exits.

/// Silences the hub at exit. Thread: the hub's JS thread.
void GuardAtExit(const std::shared_ptr<CompletionHub>& hub);

/// Ends the engine at exit, after the hubs are silent; `end` gives false when it cannot, since the engine is
/// at work for somebody. Then the process ends without destroying anything. Thread: any; for `end`, the main
/// one.
void EndEngineAtExit(bool (*end)());

}  // namespace provender

#pragma once

#include "span.h"
#include "statement.h"
#include "verdict.h"

namespace provender {

/// Checks a proof that is the whole replica, of at most 32 blocks: every layer has its root, and what follows
/// the content is zero. Memory: one copy of the replica. Any thread.
/// @see proof-of-replication.md, section 9, rules 6 and 7
Verdict CheckWhole(const Kernel& kernel, const Statement& statement, const Hash& replica_id,
                   const Span& replica);

}  // namespace provender

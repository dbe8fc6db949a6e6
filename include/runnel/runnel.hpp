// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// runnel: compose processes as a shell does, with values, types and ranges.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/chunks.hpp>
#include <runnel/containment.hpp>
#include <runnel/environment.hpp>
#include <runnel/error.hpp>
#include <runnel/executor.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/expression.hpp>
#include <runnel/glob.hpp>
#include <runnel/interrupts.hpp>
#include <runnel/job.hpp>
#include <runnel/job_set.hpp>
#include <runnel/limit.hpp>
#include <runnel/line.hpp>
#include <runnel/lines.hpp>
#include <runnel/literal.hpp>
#include <runnel/observer.hpp>
#include <runnel/operators.hpp>
#include <runnel/output.hpp>
#include <runnel/parallel.hpp>
#include <runnel/plan.hpp>
#include <runnel/popen.hpp>
#include <runnel/prefix.hpp>
#include <runnel/program.hpp>
#include <runnel/pty.hpp>
#include <runnel/reaper.hpp>
#include <runnel/redirect.hpp>
#include <runnel/result.hpp>
#include <runnel/retry.hpp>
#include <runnel/run.hpp>
#include <runnel/secrets.hpp>
#include <runnel/settings.hpp>
#include <runnel/shlex.hpp>
#include <runnel/sink.hpp>
#include <runnel/stage.hpp>
#include <runnel/stop.hpp>
#include <runnel/stream.hpp>
#include <runnel/subprocess.hpp>
#include <runnel/tagged.hpp>
#include <runnel/teardown.hpp>
#include <runnel/tee.hpp>
#include <runnel/text_mode.hpp>
#include <runnel/timeout.hpp>
#include <runnel/together.hpp>
#include <runnel/version.hpp>
#include <runnel/wait_set.hpp>
#include <runnel/which.hpp>
#include <runnel/word.hpp>
#include <runnel/words.hpp>

// runnel: compose processes as a shell does, with values, types and ranges.
#pragma once

#include <runnel/environment.hpp>
#include <runnel/error.hpp>
#include <runnel/executor.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/expression.hpp>
#include <runnel/job.hpp>
#include <runnel/limit.hpp>
#include <runnel/lines.hpp>
#include <runnel/literal.hpp>
#include <runnel/observer.hpp>
#include <runnel/operators.hpp>
#include <runnel/output.hpp>
#include <runnel/plan.hpp>
#include <runnel/popen.hpp>
#include <runnel/prefix.hpp>
#include <runnel/redirect.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/sink.hpp>
#include <runnel/stop.hpp>
#include <runnel/stream.hpp>
#include <runnel/timeout.hpp>
#include <runnel/which.hpp>

#pragma once
// Lines of the JVM's unified log with the decorations `timenanos,level,tags`. Pure.

#include <optional>
#include <string_view>

#include "framework/history/records.hpp"

namespace bhsim::probes {

// One pause, of any of the JVM's collectors; those that work beside the application give no figures
// of the heap:
// "[5614289427871ns][info][gc             ] GC(0) Pause Full (System.gc()) 2M->1M(10M) 6.793ms"
// "[5614289427871ns][info][gc,phases   ] GC(0) Pause Mark Start 0.012ms"
// Nothing for any other line. Forced is what a diagnostic command asked for: nobody but bhsim sends
// one.
std::optional<history::GcPause> parse_gc_line(std::string_view line);

// A redefinition that was done ("redefined name=T, count=1 …") or refused ("create_from_stream
// exception: '…'", "redefined class T fields change error: …"). The refusal of unparsable bytes
// does not name its class. JDK's own classes are left out: JFR redefines some when it starts.
std::optional<history::Redefinition> parse_redefine_line(std::string_view line);

// Bytes of all objects in the answer to GC.class_histogram: its last line,
// "Total         54321        1234567".
std::optional<std::int64_t> parse_histogram_bytes(std::string_view text);

}  // namespace bhsim::probes

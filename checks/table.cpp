// The one table of all checks. Ids never change meaning. A new check is one function and one entry
// here; the defect that it catches is planted in tests/defects.

#include <algorithm>
#include <array>

#include "checks/families.hpp"

namespace bhsim::checks {
namespace {

constexpr std::string_view kLoadTesting = "9.2.2 Load Testing Under Stress";
constexpr std::string_view kStability = "9.2.3 Long-Running Stability Testing";
constexpr std::string_view kConcurrency = "9.2.4 Concurrency and Thread Safety";
constexpr std::string_view kReliability = "9.2.5 Error Rate and Reliability Analysis";
constexpr std::string_view kResources = "9.2.6 Resource Consumption Analysis";
constexpr std::string_view kReadiness = "9.2.7 Production Readiness Assessment";

constexpr std::array kChecks = {
    Check{"BRK-01", "The circuit breaker opens after the failures that it promises", kReadiness,
          "Count refused changes in a row, and open at the number that the profile promises.",
          breaker_opens,
          "Conformance item breaker: a valid change after one refused change less than promised "
          "must be served, and one after as many as promised must not. Not applicable when neither "
          "configuration nor, without one, the agent profile asks for a breaker; asked for and not "
          "there fails BRK-01 to BRK-05.",
          Basis::facts},
    Check{"BRK-02", "An open breaker refuses changes at once, and says so", kReadiness,
          "Refuse what comes while it is open, with a line in log or audit log; do not keep it.",
          breaker_refuses_while_open,
          "Valid changes that come while it is surely open: refused in log or audit log within the "
          "limit, and not served later.",
          Basis::facts},
    Check{"BRK-03", "After its pause the breaker lets one trial through", kReadiness,
          "Measure the pause from the opening, and let the first change after it be tried.",
          breaker_tries_after_pause,
          "No change is served before the pause that the profile promises is over, and a valid one "
          "after it is.",
          Basis::facts},
    Check{"BRK-04", "The breaker closes after success and opens again after failure", kReadiness,
          "Let the outcome of the trial decide: success closes, failure opens for another pause.",
          breaker_follows_the_trial,
          "After a trial that is refused the next valid change must not be served; after one that "
          "is served the next ones must be, also behind a single failure.",
          Basis::facts},
    Check{"BRK-05", "The breaker's state can be observed, and is told truly", kReadiness,
          "Show the state as a metric or in the log, from the same field that decides.",
          breaker_state_is_true,
          "What metric and log of the agent's profile tell, against the state that the outcomes of "
          "changes prove; at each source and in each stretch that is beyond doubt.",
          Basis::facts},
    Check{"BRK-06", "Traffic is not touched by an open breaker", kReadiness,
          "Let the breaker decide about changes of classes only.", breaker_leaves_traffic_alone,
          "Requests that were not ok, in the whole seconds in which it was surely open.",
          Basis::facts},
    Check{"CFG-01", "Validation ends within validation-timeout", kReadiness,
          "Read class files with a time limit, regular files only, on a thread that others do not "
          "wait for.",
          key_validation_timeout,
          "Conformance item configuration: a file whose readers are held up by a write lease must "
          "be told soon after the limit; a FIFO, a socket and a directory in place of a class must "
          "be refused; another change while it still is, and a valid one after each must be "
          "served. Not "
          "applicable when no configuration is given and the profile does not claim the key; never "
          "passed when one is given and it does not; as all of CFG.",
          Basis::facts},
    Check{
        "CFG-02", "A redefinition that hangs is told within redefinition-timeout", kReadiness,
        "Redefine on a thread that can be given up, say so when the limit is over, and go on.",
        key_redefinition_timeout,
        "Conformance item configuration: bhsim's second agent holds a redefinition up, which must "
        "be told soon after the limit and not before; one of half the limit must land; a change "
        "of another class meanwhile and a valid one after it must be served.",
        Basis::facts},
    Check{"CFG-03", "Not more changes at once than max-concurrent-hotswaps", kReadiness,
          "Let changes wait for a permit, each in a queue that loses none.",
          key_max_concurrent_hotswaps,
          "Three classes changed at once, each redefinition of which is held up for half a second: "
          "how many bhsim's second agent saw at one moment, with 1 and with 2. Each change must be "
          "served in the end. Inconclusive with a single class.",
          Basis::facts},
    Check{
        "CFG-04", "The agent obeys metrics-enabled", kReadiness,
        "Show state and counts where the application shows its metrics, unless told not to.",
        key_metrics_enabled,
        "The metrics that the agent's profile names, in containers with the key on (of this item, "
        "breaker or rollback), and in one with all keys off.",
        Basis::facts},
    Check{"CFG-05", "The agent obeys jfr-enabled", kReadiness,
          "Commit an event for each change when true, and none when false.", key_jfr_enabled,
          "The events that the agent's profile names, in flight recordings that bhsim makes: at "
          "least one in a container with the key on, none in one with all keys off.",
          Basis::facts},
    Check{"CFG-06", "Health is asked for at health-check-interval", kReadiness,
          "Ask at the interval given, by a clock of its own.", key_health_check_interval,
          "The median time between two questions for health, which bhsim's second agent answers in "
          "the application's place where the profile says {health}, with intervals of 1 s and 2 s.",
          Basis::facts},
    Check{"CFG-07", "The agent obeys auto-rollback", kReadiness,
          "Roll back when true (ROLL-01), and leave every change as it is when false.",
          key_auto_rollback,
          "ROLL-01 when true; a change that breaks health in a container with all keys off, which "
          "must not be undone for two health-check-intervals.",
          Basis::facts},
    Check{
        "CFG-08", "The agent obeys max-retry-attempts", kReadiness,
        "Try again what cannot be read, as often as configured, and then say that it is given up.",
        key_max_retry_attempts,
        "An unreadable file must be told after as many attempts as the log counts by the "
        "profile's pattern 'retry', with 3 and with 1; one that can be read before the third must "
        "land.",
        Basis::facts},
    Check{
        "CFG-09", "The agent obeys circuit-breaker", kReadiness,
        "Open when true (BRK-01), and take every valid change when false.", key_circuit_breaker,
        "BRK-01 when true; a valid change after as many refused ones in a container with all keys "
        "off, which must be served.",
        Basis::facts},
    Check{"CFG-10", "An unknown or ill-typed key is told", kReadiness,
          "Name key, value and place of what cannot be obeyed, and start with nothing half "
          "configured.",
          wrong_keys_are_told,
          "Ten starts, each with one mistake: a key that there is not, and each of the nine with a "
          "value of another type. A line of the output must name the key, and the value; a warning "
          "or an error where the application starts all the same.",
          Basis::facts},
    Check{
        "COMP-01", "Every swap and refusal is in the audit log", kReadiness,
        "Let the agent append time, class, SHA-256 before and after, and outcome of every change.",
        audit_log_complete,
        "For each swap that landed or was refused, the audit log must hold a line with its class, "
        "its SHA-256 and the "
        "outcome 'swapped' or 'refused'. Not applicable when neither contract nor agent profile "
        "claims an audit log; "
        "claimed and empty is a failure."},
    Check{"COMP-04", "The configuration in force is the file given", kReadiness,
          "Mount the file given, and let the agent log its SHA-256 when it has read it.",
          configuration_in_force,
          "SHA-256 of the file given, of the file in the container and of what the agent reports. "
          "What nobody reports "
          "was configured and cannot be observed: a failure, also without an agent.",
          Basis::facts},
    Check{"COMP-05", "No drift: the class on disk is the class in the JVM", kReadiness,
          "Find out why the last change of these classes did not land, and put disk and JVM "
          "together before the next "
          "restart.",
          no_drift,
          "At the end of the load, for each swappable class, SHA-256 of the file in the watched "
          "directory and of the "
          "generation that serves."},
    Check{"COMP-07", "The run can be done again", kReadiness,
          "Record seed, versions of bhsim, agent and JVM, and the digests of the images.",
          reproducible,
          "The run must hold its plan, its seed, the versions of bhsim, agent, JVM and engine, and "
          "the images by "
          "digest.",
          Basis::facts},
    Check{"CONC-01", "No deadlock", kConcurrency,
          "Take the locks named in the thread dump in one order everywhere.", no_deadlock,
          "Thread dumps in which the JVM itself reports a deadlock. A pass needs a dump from the "
          "last quarter of the "
          "measured time or later."},
    Check{"CONC-02", "No stuck thread", kConcurrency,
          "See in the dump who holds the lock, and release it in a finally block.", no_stuck_thread,
          "Threads that three thread dumps in a row, over ten seconds or more, show asking for the "
          "same lock in the same place without having used any CPU between; dumps in faults are "
          "left out. A thread that waits for work is none."},
    Check{"CONC-03", "Generations never go back", kConcurrency,
          "Publish a new class to all threads at once; look for a cache or a second class loader "
          "that serves the old one.",
          generations_never_go_back,
          "Violations that the oracle of served versions proved in real time: an older generation "
          "in a response to a "
          "request sent after a newer one had come, one never delivered."},
    Check{"CONC-04", "No torn group", kConcurrency,
          "Redefine the classes of a group in one call, or none of them.", no_torn_group,
          "Groups of classes delivered together of which one was served within the agent's limit "
          "and another was not, outside faults."},
    Check{"CONC-05", "Swaps at once all land", kConcurrency,
          "Queue what comes while a swap is under way; do not drop it.", swaps_at_once_land,
          "Of deliveries that have company at the same instant, the last one of each class: served "
          "within the agent's limit. What a later write of the class superseded, and what met a "
          "fault, is counted apart. At least 21."},
    Check{"CONC-06", "Shared counters agree with the ledger", kConcurrency,
          "Count with an atomic, or under the lock of what is counted.", totals_agree_with_ledger,
          "The metric that the contract names (ledger.total) after the load, against the writes "
          "that were acknowledged since the start of the JVM; writes whose answer was never seen "
          "may be in it or not."},
    Check{"CONC-07", "No concurrency exception", kConcurrency,
          "Guard the shared object named in the stack trace.", no_concurrency_exception,
          "Log lines of application and agent with ConcurrentModificationException, "
          "IllegalMonitorStateException, "
          "BrokenBarrierException, IllegalThreadStateException, a deadlock or a race condition."},
    Check{"HLTH-01", "Live and ready answer within a second under load", kReadiness,
          "Serve health on threads of its own, so that a full pool cannot hold it up.",
          health_answers_under_load,
          "p99 of the probes of each endpoint outside faults; a probe without an answer is slower "
          "than any limit."},
    Check{
        "HLTH-02", "Live and ready tell the truth: DOWN when broken, UP after", kReadiness,
        "Let ready try what requests need, every second or so, and believe what it finds.",
        health_tells_the_truth,
        "What ready answers each second, against the requests of that second and those beside it: "
        "the longest row of UP while half of them failed, or more, and of DOWN while 99 of 100 "
        "were ok. Of live the latter only. Likewise in the conformance items, of which rollback "
        "breaks the application by a change. DOWN is no lie while a fault lasts or the "
        "application starts, nor UP while one between it and its clients does; no answer is none "
        "either. A pass needs 21 answers UP of each while clients were served, and one DOWN of "
        "ready while they were not."},
    Check{
        "HLTH-03", "Not ready while starting and draining; live is not ready", kReadiness,
        "Answer ready only when requests can be served, and take it back first when told to stop.",
        readiness_is_true,
        "Ready before the first work could be done, ready to the end of the drain, or live failing "
        "in the drain: "
        "each is one violation.",
        Basis::facts},
    Check{"HLTH-04", "Container health agrees and is fresh", kReadiness,
          "Let the image's health check ask what the load balancer asks, often enough.",
          container_health_agrees,
          "Answers of the engine that contradict what our own probes of the same endpoint had said "
          "for as long as its retries take when it last looked, with no fault and no start since; "
          "and the age of its last look."},
    Check{"HLTH-05", "SIGTERM drains: no accepted request is lost", kReadiness,
          "Stop accepting, answer what was accepted, then exit, within the contract's time.",
          drains_on_sigterm,
          "Requests accepted and not answered after the stop signal; time from signal to exit; "
          "exit code 0 or 143.",
          Basis::facts},
    Check{"LOAD-01", "Error rate under load", kLoadTesting,
          "Look at the failures by operation and outcome.", error_rate,
          "Requests that did not end ok, of all that were planned, outside faults and their "
          "recovery."},
    Check{
        "LOAD-02", "No request dropped by a redefinition", kLoadTesting,
        "Keep connections and requests in flight over a redefinition.", no_request_dropped_by_swaps,
        "Failed requests that were in flight while a class was redefined, from its first byte to "
        "its first response. "
        "When requests fail elsewhere as well, only more than chance explains (1 %) is a failure."},
    Check{"LOAD-03", "Memory stable under load", kLoadTesting,
          "Compare two heap histograms taken minutes apart under the same load.",
          memory_stable_under_load,
          "Growth an hour of the heap that forced full collections leave, and of resident memory "
          "beyond the committed "
          "heap: Theil-Sen interval above the limit, and Mann-Kendall rising (1 %)."},
    Check{"LOAD-04", "GC pressure manageable", kLoadTesting,
          "Allocate less per request and per swap, or give the heap more room.", gc_pressure,
          "Share of the time in pauses and p99 of the pauses, by the JVM's GC log, without "
          "collections that bhsim "
          "forced."},
    Check{"LOAD-05", "Stable when the load varies", "9.2.2; criteria Stability: under varying load",
          "Bound the queue, and let go what nobody waits for any more.", settles_after_steps,
          "From each change of the load, up and down, to the first of five seconds whose median "
          "p99 is "
          "at most twice what it was in the twelve seconds before the step or an earlier one of "
          "its phase (a "
          "quarter of the SLO at least). What the load generator's own lag explains of a p99 is "
          "taken off. Not applicable to a load without steps."},
    Check{"LOAD-06", "The load generator was valid", kLoadTesting,
          "Give the generator a core of its own, or ask for a lower rate; where the hypervisor "
          "took the CPU, run on a host that is less busy.",
          generator_valid,
          "Lag of sends while a connection was free, CPU of the generator, and whether all "
          "outcomes add up to the "
          "plan. A failure makes the run invalid; a target that stalls does not cause one."},
    Check{
        "MON-05", "The flight recording covers the run", kReadiness,
        "Look at what stopped or hindered it: the fact recordings names each file and its trouble; "
        "a JVM that refuses attach cannot be asked for one.",
        recording_covers_the_run,
        "Of the time from 10 s after each start of the application to 3 s before its end, what "
        "lies "
        "in recordings that can be read. Of more than 230 MB the newest only: the JVM keeps 256 "
        "MB. "
        "Not applicable when the configuration says monitoring.jfr-enabled: false."},
    Check{
        "PERF-01", "CPU overhead of the agent, under load and swapping",
        "9.2.1: agent overhead < 5 % for normal operations",
        "Look at the agent's threads by CPU (table pair_thread), and at what its transformers "
        "weave "
        "into the application.",
        agent_overhead,
        "Two sources, both of which have to pass. The agent's own threads: their CPU over the rest "
        "of the process' CPU; its own are those called as the profile says, and those that no JVM "
        "without the agent has. Pairs: of two fresh JVMs asked for the same requests at the same "
        "times, how much more CPU the one with the agent takes, as the median of windows of 250 "
        "ms. Of each the values of the pairs give a centre with its interval (Hodges-Lehmann, "
        "Wilcoxon, 95 %): above the limit is a failure, below it a pass, across it inconclusive, "
        "with the number of pairs that would do. At least six pairs with the agent and one without "
        "any, the floor. Not applicable without an agent."},
    Check{"PERF-02", "CPU of the agent at rest", "9.2.1: CPU overhead < 2 % during steady state",
          "Look at what the agent's threads do while nothing changes: polling, a busy loop.",
          agent_cpu_at_rest,
          "CPU of the threads called as the agent's profile says, as a share of one core, over the "
          "measured time outside swaps, faults and forced collections; at least 20 s of it. "
          "Inconclusive when no thread is called so. Not applicable without an agent."},
    Check{"PERF-03", "Memory of the agent",
          "9.2.1: memory overhead < 50MB for typical applications",
          "Compare two class histograms, with and without the agent.", agent_memory,
          "How much more the JVM with the agent of a pair holds: the heap that full collections "
          "leave, "
          "and what is resident beside the heap. Decided by the interval over the pairs, as "
          "PERF-01."},
    Check{"PERF-04", "Swap latency, mean", "9.2.1 Performance Benchmarking; criteria Performance",
          "Profile validation and redefinition of the agent, and how it notices a change.",
          swap_latency_mean,
          "From just before the first byte is written to the first response by the new generation; "
          "swaps that met a "
          "fault are left out, lost ones count with the agent's limit. At least 21 swaps."},
    Check{"PERF-05", "Swap latency, p95", "Criteria Performance: < 2 seconds (95th percentile)",
          "Look at the slowest swaps: what did the agent wait for?", swap_latency_p95,
          "As PERF-04, by nearest rank."},
    Check{
        "PERF-06", "Throughput impact of swaps", "Criteria Performance: < 5 % during hot-swaps",
        "See what stops while a class is redefined: safepoints, locks, recompilation.",
        throughput_impact,
        "Goodput (ok within the SLO, of all planned) in the seconds that a swap touches, against "
        "the nearest quiet seconds on either side, in pieces of five seconds: the mean loss and "
        "its t-interval. Fails when the interval lies above the limit, passes when it ends below. "
        "At least five pieces."},
    Check{"PERF-07", "Throughput kept", "9.2.2: throughput maintained during hot-swaps",
          "Look at throughput over time: what happened where it falls?", throughput_kept,
          "Requests ok within the SLO from their planned start, of all planned, outside faults and "
          "warm-up; swaps are "
          "not left out."},
    Check{
        "PERF-08", "Performance predictable", "9.2.1: predictable and consistent",
        "Look for what comes and goes: collections, timers, a lock, a second path.", predictable,
        "How much worse the upper quartile is than the lower one: of the p99 of each undisturbed "
        "second "
        "(at least a quarter of the SLO counts as the lower one), and of the swap latencies (at "
        "least 0.1 s). "
        "When that fails, the seconds in which the machine held up the load generator as well (lag "
        "p99 above 3 ms) are left out; inconclusive when too few remain."},
    Check{
        "PERF-09", "No degradation over time",
        "Criteria Performance: no performance degradation over time",
        "Compare profiles and heap histograms of an early and a late moment.", no_degradation,
        "Growth of CPU a request (divided by the host's speed), of p99 (without the generator's "
        "lag; of a quarter of the SLO at "
        "least) and of the share of late requests, from the first to the last of 24 windows "
        "without swaps and faults, in the longest life of the JVM: by Theil-Sen. Fails when the "
        "99 % interval lies above the limit and Mann-Kendall rises (1 %), both widened for windows "
        "that depend on their neighbours (Hamed and Rao), and, for CPU, when the load "
        "generator's own cost does not explain it. Passes when the 95 % interval ends below."},
    Check{"PERF-10", "Start-up cost of the agent", "9.2.1 Performance Benchmarking",
          "Look at what the agent does before main: move it behind readiness.", agent_start,
          "How much later the JVM with the agent of a pair is ready. Decided by the interval over "
          "the "
          "pairs, as PERF-01."},
    Check{"PERF-11", "Latency under load, p99", "9.2.2 Load Testing Under Stress",
          "Look at latency over time against swaps and collections.", latency_under_load,
          "p99 from the planned start, all histograms merged, outside faults and warm-up."},
    Check{"REL-01", "Error rate of valid operations, whole run", kReliability,
          "Look at the failures by operation, outcome and fault.", errors_of_whole_run,
          "Requests that did not end ok, of all planned, faults included."},
    Check{"REL-02", "Invalid changes are rejected", kReliability,
          "Validate the class file before redefining, and let no refusal of the JVM pass.",
          invalid_changes_rejected,
          "Invalid changes whose bytes never served, of all that came to an end; every kind that "
          "was planned must have."},
    Check{"REL-03", "Invalid changes are rejected gracefully", kReliability,
          "Catch the refusal, log it with the class, and go on watching.", rejected_gracefully,
          "Refusals after which the application lives, the error was told and the next valid swap "
          "landed."},
    Check{
        "REL-04", "Recovery rate", "Criteria Reliability: error recovery rate > 95 %",
        "Look at what the application did after the fault named: does it try again, does it "
        "open its connections anew?",
        recovery_rate,
        "Faults that were undone and after which clients were served again within REL-05's limit: "
        "in five windows of 100 ms in a row no probe of ours failed, and no more requests than "
        "REL-01 lets pass. At least 21 faults."},
    Check{"REL-05", "Mean time to recovery", "Criteria Reliability: < 30 seconds",
          "Look at what the application waits for after a fault: a long pause before it tries "
          "again, a cache, a restart.",
          time_to_recovery,
          "From the moment that a fault is undone to the first of five good windows of 100 ms in a "
          "row, as clients see it, on average; one that is never recovered from counts with the "
          "time that it was watched. At least 3 faults."},
    Check{"REL-06", "No cascade", kReliability,
          "Keep the failure of one class to the operations that it serves.", no_cascade,
          "Requests that did not end ok while an invalid version of a class was being refused, of "
          "the operations that this class does not serve."},
    Check{"REL-07", "Swap success, valid changes", "Criteria Reliability: > 95 %",
          "Look at the swaps that were lost: did the agent see the file?", swap_success,
          "Valid swaps served by their generation within the agent's limit; superseded ones and "
          "those that met a fault "
          "are counted apart. At least 21."},
    Check{"REL-08", "Uptime", "Criteria Reliability: > 99.9 %",
          "Look at what the prober saw when it was down.", uptime,
          "Share of the time in which a prober of its own (ten a second) was answered, outside "
          "faults; recovery counts "
          "beyond the contract's start time. At least 100 s."},
    Check{
        "REL-09", "No acknowledged write is lost", "Criteria Reliability: no data loss",
        "Write and sync before acknowledging.", no_acknowledged_write_lost,
        "Acknowledged writes that the last read-back did not find. A ledger that the contract "
        "claims and "
        "that cannot be read back is a failure. A kill does not cut the power: this is no proof of "
        "fsync."},
    Check{"REL-10", "No corruption", "Criteria Reliability: no corruption",
          "Check a record's digest when reading it.", no_corruption,
          "Writes that came back altered or twice."},
    Check{
        "REL-11", "Faults are noticed", "9.2.5: error detection",
        "Let live or ready say so when requests fail: a monitor has nothing else to see.",
        faults_detected,
        "From the beginning of a fault to its first sign, the longest: live or ready that says so "
        "or does not answer, the container's health, or its end. One without any sign fails when "
        "it hurts clients (a tenth of a second's requests or probes) for longer than the limit. Of "
        "what happens on the way from the clients the application cannot tell."},
    Check{
        "RES-01", "Heap predictable, stabilises", kResources,
        "See what fills the heap between two full collections: caches, queues, soft references.",
        heap_predictable,
        "What collections leave of the heap, as a share of its largest size, in the last half of "
        "the longest life of the JVM: its rise by Theil-Sen and Mann-Kendall (1 %), and how far 95 "
        "of 100 collections lie from that line. At least eight collections; a failure needs the "
        "old generation, where garbage piles up, to have been cleaned three times, by full "
        "collections or concurrent cycles."},
    Check{"RES-02", "No excessive allocation in swaps", kResources,
          "See what the agent copies or caches for each swap: the table of allocation sites names "
          "it.",
          no_excessive_allocation,
          "Bytes that Java threads allocate each second (JFR), explained by the requests and the "
          "swaps of that second by least squares: what is left for a swap, with its interval "
          "(95 %). What threads allocate that live less than a second is in no event: it is "
          "the GC log's total beyond that of all threads and a tenth, for each swap."},
    Check{
        "RES-03", "Threads stable", kResources, "Bound the pool.", threads_stable,
        "Range between the 1st and 99th percentile of the thread count in the phases with swaps."},
    Check{"RES-04", "Descriptors bounded", kResources, "Close what is opened.", descriptors_bounded,
          "The most that were open at once, outside faults."},
    Check{
        "RES-05", "CPU spikes only in swaps", kResources,
        "See which thread is busy then: a timer, a cache that is built anew, a report.",
        cpu_spikes_only_in_swaps,
        "Seconds that use more than their median by 0.4 of a core, by half of it and by six times "
        "their deviation, in a JVM that is a minute old, five seconds after a swap and two after "
        "a collection of the whole heap at the least, outside faults and steps of the load; "
        "neighbours are one. A failure is three or more, at a rate whose interval (95 %) lies "
        "above the limit. At least sixty such seconds, and cores to spare for a spike."},
    Check{"RES-06", "resource-metrics.csv complete", kResources, "See what held up the probe.",
          resource_metrics_complete,
          "Rows written of rows due, and ten-second slots that have samples of memory, CPU, "
          "threads and descriptors; "
          "one row of grace."},
    Check{"RES-07", "Within the container's limits", kResources,
          "Fit heap and limit to each other.", within_container_limits,
          "Kills for want of memory, and throttled scheduling periods outside faults and the "
          "warm-up of "
          "a JVM."},
    Check{"ROLL-01", "A change that loads but breaks health is rolled back", kReadiness,
          "Ask health after each swap, and put the version before back when it has become bad.",
          bad_change_is_rolled_back,
          "Conformance item rollback: a class of which every call throws, in force until 'ready' "
          "denies it; an older version must answer again while it is watched. Not applicable when "
          "neither configuration nor, without one, the agent profile asks for rollback; asked for "
          "and not there fails all of ROLL but ROLL-04.",
          Basis::facts},
    Check{"ROLL-02", "Rolled back within two health-check-intervals", kReadiness,
          "Decide at the first look that finds health bad, or soon after it.", rolled_back_in_time,
          "From the first answer of 'ready' that denies it to the first response by the version "
          "before, in intervals of the configuration that the item was run with.",
          Basis::facts},
    Check{"ROLL-03", "Rolled back to the last good version, byte for byte", kReadiness,
          "Keep the bytes that were in force when health was last good.", rolled_back_to_last_good,
          "The generation that answers after the rollback against the one that did before the "
          "change, and the SHA-256 that the audit log tells against that of the file delivered.",
          Basis::facts},
    Check{"ROLL-04", "A good change is never rolled back", kReadiness,
          "Roll back for health alone, and only what was swapped since it was last good.",
          good_change_stays,
          "Older versions that came back under load while no change had broken health, over two "
          "health-check-intervals or more after each good change. Inconclusive with an agent that "
          "rolled nothing back: good changes were in no danger there.",
          Basis::facts},
    Check{"ROLL-05", "A rollback is audited and counted", kReadiness,
          "Write a line 'rolled-back' to the audit log, and count it in a metric.",
          rollback_is_told,
          "A line 'rolled-back' of the class in the audit log, and the metric of the agent's "
          "profile, which must have grown.",
          Basis::facts},
    Check{"SEC-01", "Runs as non-root", "CIS 4.1", "Set a user in the image or with --user.",
          sec_non_root, "Config.User of the container.", Basis::facts},
    Check{"SEC-02", "Not privileged", "CIS 5.5", "Run without --privileged.", sec_not_privileged,
          "HostConfig.Privileged.", Basis::facts},
    Check{"SEC-03", "Capabilities dropped", "CIS 5.4", "Run with --cap-drop=ALL.",
          sec_capabilities_dropped,
          "HostConfig.CapDrop holds all; CapAdd at most NET_BIND_SERVICE.", Basis::facts},
    Check{"SEC-04", "No new privileges", "CIS 5.26", "Run with --security-opt=no-new-privileges.",
          sec_no_new_privileges, "HostConfig.SecurityOpt, or the engine's default.", Basis::facts},
    Check{"SEC-05", "Seccomp not unconfined", "CIS 5.22",
          "Leave the engine's seccomp profile in place.", sec_seccomp,
          "HostConfig.SecurityOpt and the engine's security options.", Basis::facts},
    Check{"SEC-06", "Read-only root file system", "CIS 5.13",
          "Run with --read-only, and volumes for what is written.", sec_read_only_root,
          "HostConfig.ReadonlyRootfs.", Basis::facts},
    Check{"SEC-07", "Memory limit", "CIS 5.11", "Run with --memory.", sec_memory_limit,
          "HostConfig.Memory.", Basis::facts},
    Check{"SEC-08", "CPU limit", "CIS 5.12", "Run with --cpus or --cpuset-cpus.", sec_cpu_limit,
          "HostConfig.NanoCpus, CpuQuota or CpusetCpus.", Basis::facts},
    Check{"SEC-09", "Limit of processes", "CIS 5.29", "Run with --pids-limit.", sec_pids_limit,
          "HostConfig.PidsLimit.", Basis::facts},
    Check{"SEC-10", "No namespace of the host", "CIS 5.10, 5.16, 5.17, 5.21, 5.31",
          "Run without --network, --pid, --ipc, --uts or --userns=host.", sec_no_host_namespaces,
          "The five modes of HostConfig.", Basis::facts},
    Check{"SEC-11", "No engine socket", "CIS 5.32",
          "Do not mount the engine's socket, nor a folder above it.", sec_no_engine_socket,
          "Sources of all bind mounts.", Basis::facts},
    Check{"SEC-12", "No sensitive folder of the host", "CIS 5.6", "Use a volume instead.",
          sec_no_sensitive_mount, "Sources of all bind mounts.", Basis::facts},
    Check{"SEC-13", "No shared mount propagation", "CIS 5.20", "Mount with rprivate.",
          sec_no_shared_propagation, "Propagation of all bind mounts.", Basis::facts},
    Check{"SEC-14", "Only the declared port, on one address", "CIS 5.14",
          "Publish as ADDRESS:PORT:PORT.", sec_ports,
          "HostConfig.PortBindings against the contract's port.", Basis::facts},
    Check{"SEC-15", "Restarts bounded", "CIS 5.15", "Run with --restart=on-failure:5.",
          sec_restart_bounded, "HostConfig.RestartPolicy.", Basis::facts},
    Check{"SEC-16", "Health check", "CIS 4.6, 5.27", "Give the image a HEALTHCHECK.",
          sec_health_check, "Config.Healthcheck of the container.", Basis::facts},
    Check{"SEC-17", "No setuid files in the image", "CIS 4.8", "Remove the bit: chmod a-s.",
          sec_no_setuid_files, "All files of the image.", Basis::facts},
    Check{"SEC-18", "No secret in environment, labels, history or arguments", "CIS 4.10",
          "Mount secrets as files, and build with secret mounts.", sec_no_secrets,
          "By telling names with a value, and by shape: keys, tokens, passwords in URLs.",
          Basis::facts},
    Check{"SEC-19", "No device of the host", "CIS 5.18", "Run without --device.", sec_no_devices,
          "HostConfig.Devices, DeviceRequests and DeviceCgroupRules.", Basis::facts},
    Check{"SEC-20", "Image named by digest", "CIS 5.28",
          "Name the image as NAME@sha256:DIGEST, or by its id.", sec_image_by_digest,
          "Config.Image of the container.", Basis::facts},
    Check{"STAB-01", "Continuous operation", kStability, "See the last log lines before the end.",
          continuous_operation,
          "Ends and restarts of the application that nobody planned, by runner and engine, outside "
          "faults; the end of a JVM that a fault's undo has started is none of that fault's."},
    Check{"STAB-02", "No heap leak", kStability,
          "Compare heap histograms of an early and a late moment.", no_heap_leak,
          "Growth an hour of the heap that forced full collections leave, in the longest life of "
          "the JVM: the "
          "Theil-Sen interval must end below the larger of the two limits and what HotSpot keeps "
          "of each redefinition; a leak must also rise by Mann-Kendall (1 %)."},
    Check{"STAB-03", "No class or metaspace leak", kStability,
          "Find what keeps the old class or its loader: a cache, a thread local, a listener.",
          no_class_leak,
          "Growth a swap of loaded classes and of metaspace, in the phases with swaps; up to 20 "
          "classes or 1 MB in all is what a JVM loads late by itself, and up to 60 classes are a "
          "leak only when most swaps added some."},
    Check{"STAB-04", "No thread leak", kStability,
          "Name the threads, and see in a dump which ones multiply.", no_thread_leak,
          "Growth an hour of the thread count in the phases with swaps; three in all may be the "
          "JVM's own."},
    Check{"STAB-05", "No descriptor leak", kStability,
          "Close files and sockets where they are opened.", no_descriptor_leak,
          "Growth an hour of the open descriptors in the phases with swaps; five in all may come "
          "and go."},
    Check{"STAB-06", "Native memory stable", kStability,
          "Look for direct buffers and native libraries that keep what they allocate.",
          native_memory_stable,
          "Growth an hour of resident memory without metaspace and without what the heap held at "
          "most so far, as STAB-04; 32 MB in all may be a young JVM's own."},
    Check{"STAB-07", "Swaps succeed all through the period", kStability,
          "See what the agent said before the first swap that was lost.", swaps_succeed_throughout,
          "As REL-07, in the worst quarter of the swaps in order of time; with fewer than 21 swaps "
          "in a quarter, a failure "
          "must be beyond chance."},
    Check{"STAB-08", "Errors do not grow", kStability,
          "Look at the lines of the last third: what began to fail?", errors_do_not_grow,
          "Lines of errors an hour in the last third of the longest life of the JVM against the "
          "first, faults left out. Fails when thirty parts of the time also rise in their order "
          "(Mann-Kendall, 1 %) and there are ten lines more; a burst is no trend."},
    Check{
        "STAB-09", "Disk use bounded", kStability,
        "Rotate logs, and compact or expire what the event store keeps.", disk_use_bounded,
        "The most that the contract's volumes held, their growth an hour as STAB-04 (16 MB in all "
        "may be blocks and new files), and the output an hour."},
};

constexpr bool in_order() {
  for (std::size_t i = 1; i < kChecks.size(); ++i)
    if (!(kChecks[i - 1].id < kChecks[i].id)) return false;
  return true;
}
static_assert(in_order(), "the table is in order of id, each once");

}  // namespace

std::span<const Check> all() { return kChecks; }

const Check* find(std::string_view id) {
  const auto found = std::ranges::lower_bound(kChecks, id, {}, &Check::id);
  return found != kChecks.end() && found->id == id ? &*found : nullptr;
}

}  // namespace bhsim::checks

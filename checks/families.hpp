#pragma once
// The functions behind the table, by family. Each judges one id; what it means stands in table.cpp,
// how it is done beside the function.

#include "checks/verdict.hpp"

namespace bhsim::checks {

// overhead.cpp
Verdict agent_overhead(const Plan& plan, const History& history);
Verdict agent_cpu_at_rest(const Plan& plan, const History& history);
Verdict agent_memory(const Plan& plan, const History& history);
Verdict agent_start(const Plan& plan, const History& history);

// performance.cpp
Verdict swap_latency_mean(const Plan& plan, const History& history);
Verdict swap_latency_p95(const Plan& plan, const History& history);
Verdict throughput_kept(const Plan& plan, const History& history);
Verdict predictable(const Plan& plan, const History& history);
Verdict latency_under_load(const Plan& plan, const History& history);

// throughput_impact.cpp, degradation.cpp
Verdict throughput_impact(const Plan& plan, const History& history);
Verdict no_degradation(const Plan& plan, const History& history);

// load.cpp
Verdict error_rate(const Plan& plan, const History& history);
Verdict no_request_dropped_by_swaps(const Plan& plan, const History& history);
Verdict memory_stable_under_load(const Plan& plan, const History& history);
Verdict gc_pressure(const Plan& plan, const History& history);
Verdict generator_valid(const Plan& plan, const History& history);

// settling.cpp
Verdict settles_after_steps(const Plan& plan, const History& history);

// stability.cpp
Verdict continuous_operation(const Plan& plan, const History& history);
Verdict no_heap_leak(const Plan& plan, const History& history);
Verdict no_class_leak(const Plan& plan, const History& history);
Verdict no_thread_leak(const Plan& plan, const History& history);
Verdict no_descriptor_leak(const Plan& plan, const History& history);
Verdict swaps_succeed_throughout(const Plan& plan, const History& history);

// steadiness.cpp
Verdict native_memory_stable(const Plan& plan, const History& history);
Verdict errors_do_not_grow(const Plan& plan, const History& history);
Verdict disk_use_bounded(const Plan& plan, const History& history);

// concurrency.cpp
Verdict no_deadlock(const Plan& plan, const History& history);
Verdict no_stuck_thread(const Plan& plan, const History& history);
Verdict generations_never_go_back(const Plan& plan, const History& history);
Verdict no_torn_group(const Plan& plan, const History& history);
Verdict swaps_at_once_land(const Plan& plan, const History& history);
Verdict totals_agree_with_ledger(const Plan& plan, const History& history);
Verdict no_concurrency_exception(const Plan& plan, const History& history);

// recovery.cpp
Verdict recovery_rate(const Plan& plan, const History& history);
Verdict time_to_recovery(const Plan& plan, const History& history);
Verdict faults_detected(const Plan& plan, const History& history);

// reliability.cpp
Verdict errors_of_whole_run(const Plan& plan, const History& history);
Verdict invalid_changes_rejected(const Plan& plan, const History& history);
Verdict rejected_gracefully(const Plan& plan, const History& history);
Verdict no_cascade(const Plan& plan, const History& history);
Verdict swap_success(const Plan& plan, const History& history);
Verdict uptime(const Plan& plan, const History& history);
Verdict no_acknowledged_write_lost(const Plan& plan, const History& history);
Verdict no_corruption(const Plan& plan, const History& history);

// resources.cpp
Verdict no_excessive_allocation(const Plan& plan, const History& history);
Verdict threads_stable(const Plan& plan, const History& history);
Verdict descriptors_bounded(const Plan& plan, const History& history);
Verdict resource_metrics_complete(const Plan& plan, const History& history);
Verdict within_container_limits(const Plan& plan, const History& history);

// habits.cpp
Verdict heap_predictable(const Plan& plan, const History& history);
Verdict cpu_spikes_only_in_swaps(const Plan& plan, const History& history);

// health.cpp
Verdict health_answers_under_load(const Plan& plan, const History& history);
Verdict readiness_is_true(const Plan& plan, const History& history);
Verdict container_health_agrees(const Plan& plan, const History& history);
Verdict drains_on_sigterm(const Plan& plan, const History& history);

// health_truth.cpp
Verdict health_tells_the_truth(const Plan& plan, const History& history);

// monitoring.cpp
Verdict recording_covers_the_run(const Plan& plan, const History& history);

// breaker.cpp, rollback.cpp: conformance items
Verdict breaker_opens(const Plan& plan, const History& history);
Verdict breaker_refuses_while_open(const Plan& plan, const History& history);
Verdict breaker_tries_after_pause(const Plan& plan, const History& history);
Verdict breaker_follows_the_trial(const Plan& plan, const History& history);
Verdict breaker_state_is_true(const Plan& plan, const History& history);
Verdict breaker_leaves_traffic_alone(const Plan& plan, const History& history);
Verdict bad_change_is_rolled_back(const Plan& plan, const History& history);
Verdict rolled_back_in_time(const Plan& plan, const History& history);
Verdict rolled_back_to_last_good(const Plan& plan, const History& history);
Verdict good_change_stays(const Plan& plan, const History& history);
Verdict rollback_is_told(const Plan& plan, const History& history);

// configuration.cpp, configuration_limits.cpp, configuration_stalled.cpp
Verdict key_validation_timeout(const Plan& plan, const History& history);
Verdict key_redefinition_timeout(const Plan& plan, const History& history);
Verdict key_max_concurrent_hotswaps(const Plan& plan, const History& history);
Verdict key_metrics_enabled(const Plan& plan, const History& history);
Verdict key_jfr_enabled(const Plan& plan, const History& history);
Verdict key_health_check_interval(const Plan& plan, const History& history);
Verdict key_max_retry_attempts(const Plan& plan, const History& history);
Verdict key_auto_rollback(const Plan& plan, const History& history);
Verdict key_circuit_breaker(const Plan& plan, const History& history);
Verdict wrong_keys_are_told(const Plan& plan, const History& history);

// security.cpp: SEC-01 to SEC-20, by what the engine says of container and image
Verdict sec_non_root(const Plan& plan, const History& history);
Verdict sec_not_privileged(const Plan& plan, const History& history);
Verdict sec_capabilities_dropped(const Plan& plan, const History& history);
Verdict sec_no_new_privileges(const Plan& plan, const History& history);
Verdict sec_seccomp(const Plan& plan, const History& history);
Verdict sec_read_only_root(const Plan& plan, const History& history);
Verdict sec_memory_limit(const Plan& plan, const History& history);
Verdict sec_cpu_limit(const Plan& plan, const History& history);
Verdict sec_pids_limit(const Plan& plan, const History& history);
Verdict sec_no_host_namespaces(const Plan& plan, const History& history);
Verdict sec_no_engine_socket(const Plan& plan, const History& history);
Verdict sec_no_sensitive_mount(const Plan& plan, const History& history);
Verdict sec_no_shared_propagation(const Plan& plan, const History& history);
Verdict sec_ports(const Plan& plan, const History& history);
Verdict sec_restart_bounded(const Plan& plan, const History& history);
Verdict sec_health_check(const Plan& plan, const History& history);
Verdict sec_no_setuid_files(const Plan& plan, const History& history);
Verdict sec_no_secrets(const Plan& plan, const History& history);
Verdict sec_no_devices(const Plan& plan, const History& history);
Verdict sec_image_by_digest(const Plan& plan, const History& history);

// compliance.cpp
Verdict audit_log_complete(const Plan& plan, const History& history);
Verdict configuration_in_force(const Plan& plan, const History& history);
Verdict no_drift(const Plan& plan, const History& history);
Verdict reproducible(const Plan& plan, const History& history);

}  // namespace bhsim::checks

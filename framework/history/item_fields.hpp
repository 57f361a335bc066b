#pragma once
// The fields of an ItemRecord, for the documents that hold one. For this folder only.

#include "framework/base/json_fields.hpp"
#include "framework/history/item_record.hpp"

namespace bhsim::history {

template <typename F>
void fields(ItemAttempt& one, F&& field) {
  field("purpose", one.purpose);
  field("class", one.class_name);
  field("variant", one.variant);
  field("generation", one.generation);
  field("sha256", one.sha256);
  field("t_write_ns", one.t_write);
  field("t_end_ns", one.t_end);
  field("t_served_ns", one.t_served);
  field("t_refused_ns", one.t_refused);
}

template <typename F>
void fields(ItemServed& one, F&& field) {
  field("generation", one.generation);
  field("first_sent_ns", one.first_sent);
  field("first_done_ns", one.first_done);
  field("last_done_ns", one.last_done);
  field("responses", one.responses);
}

template <typename F>
void fields(ItemReading& one, F&& field) {
  field("value", one.value);
  field("from_ns", one.from);
  field("to_ns", one.to);
}

template <typename F>
void fields(ItemLine& one, F&& field) {
  field("t_ns", one.t);
  field("kind", one.kind);
  field("what", one.what);
}

template <typename F>
void fields(ItemAudit& one, F&& field) {
  field("t_ns", one.t);
  field("class", one.class_name);
  field("before", one.before);
  field("after", one.after);
  field("outcome", one.outcome);
}

template <typename F>
void fields(ItemSecond& one, F&& field) {
  field("t_ns", one.t);
  field("planned", one.planned);
  field("ok", one.ok);
}

template <typename F>
void fields(ItemRedefinition& one, F&& field) {
  field("class", one.class_name);
  field("from_ns", one.from);
  field("to_ns", one.to);
}

template <typename F>
void fields(ItemRecord& one, F&& field) {
  field("trouble", one.trouble);
  field("attempts", one.attempts);
  field("served", one.served);
  field("ready", one.ready);
  field("metrics", one.metrics);
  field("metrics_read", one.metrics_read);
  field("lines", one.lines);
  field("audit", one.audit);
  field("audit_read", one.audit_read);
  field("load", one.load);
  field("staller_read", one.staller_read);
  field("redefinitions", one.redefinitions);
  field("asked_ns", one.asked);
  field("events_read", one.events_read);
  field("events", one.events);
}

}  // namespace bhsim::history

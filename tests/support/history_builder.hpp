#pragma once
// Makes a run's History out of rows: writes them through the real Store into a temporary run
// directory and opens it, so that a test of a check reads what a run would have left.
//
//   HistoryBuilder run;
//   run.phase("baseline", 0, 30).phase("steady", 30, 90);
//   run.add(Swap{.generation = 1, .class_name = "PricingService", .t_write = at(31.5)});
//   const History history = run.build();
//
// Any failure to write is an exception: the test fails with its message. The History must not
// outlive the builder.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "framework/base/files.hpp"
#include "framework/history/history.hpp"
#include "framework/history/store.hpp"

namespace bhsim::history {

// An instant that many seconds after the start of the load, which builders put at kBuilderStart.
inline constexpr Time kBuilderStart = time_from_ns(1'000'000'000'000);
inline Time at(double seconds) {
  return kBuilderStart + Nanos(static_cast<std::int64_t>(seconds * 1e9));
}

class HistoryBuilder {
 public:
  HistoryBuilder()
      : directory_(value(TemporaryDirectory::create("bhsim-test-run"))),
        store_(value(Store::create(directory_.path(), "20260101-000000-test"))) {}

  template <typename Row>
  HistoryBuilder& add(Row row) {
    store_.add(std::move(row));
    // Never let the bounded queue of the store drop rows of a test.
    if (++rows_ % 10'000 == 0) check(store_.flush());
    return *this;
  }

  HistoryBuilder& fact(std::string_view name, std::string json) {
    store_.set_fact(name, std::move(json));
    return *this;
  }

  // Windows; ids are given in the order of the calls, over all kinds.
  HistoryBuilder& window(WindowKind kind, std::string name, double from_s, double to_s) {
    return add(Window{kind, next_window_++, std::move(name), at(from_s), at(to_s)});
  }
  HistoryBuilder& phase(std::string name, double from_s, double to_s) {
    return window(WindowKind::phase, std::move(name), from_s, to_s);
  }

  // One value of a series each `every_s` from `from_s` until before `to_s`: value_at(seconds).
  template <typename Function>
  HistoryBuilder& sampled(std::string_view series, double from_s, double to_s, double every_s,
                          Function value_at) {
    const auto count = static_cast<std::int64_t>((to_s - from_s) / every_s + 1e-9);
    for (std::int64_t i = 0; i < count; ++i) {
      const double s = from_s + static_cast<double>(i) * every_s;
      add(Sample{std::string(series), at(s), static_cast<double>(value_at(s))});
    }
    return *this;
  }

  // A run that ended in order.
  History build() {
    check(store_.seal());
    return value(History::open(directory_.path()));
  }
  // A run that was killed here: everything so far is on disk, nothing is sealed. More rows may
  // follow.
  History build_cut_short() {
    check(store_.flush());
    return value(History::open(directory_.path()));
  }

  [[nodiscard]] const Path& directory() const { return directory_.path(); }

 private:
  template <typename T>
  static T value(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
  }
  static void check(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message);
  }

  TemporaryDirectory directory_;
  Store store_;
  std::int64_t rows_ = 0;
  std::int64_t next_window_ = 1;
};

}  // namespace bhsim::history

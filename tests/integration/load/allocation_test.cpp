// The load thread allocates nothing for a request once it is warm.

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "run_support.hpp"

namespace {

std::atomic<std::uint64_t> allocations_of_load_thread{0};

void* counted(std::size_t size) {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  if (std::strcmp(name.data(), "bhsim-load") == 0) ++allocations_of_load_thread;
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

void* operator new(std::size_t size) {
  void* memory = counted(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bhsim::load {
namespace {

// Latencies wander, so now and then a histogram touches a page for the first time, and each second
// hands over slabs: a few allocations a second, whatever the rate. One a request would be 4,000
// here.
TEST(LoadAllocation, WarmRun_AllocatesFarLessThanOnceARequest) {
  TestServer server(answering(response(201, R"({"writer":"w00"})", "X-Version-A: A/17\r\n")));
  LoadSpec spec = spec_for(server.port(), 2000, std::chrono::seconds(3));
  spec.operations[0].method = "POST";
  spec.operations[0].ledger = LedgerRole::write;
  spec.operations[0].body = R"({"sku":"{sku}","quantity":"{1..9}"})";
  spec.operations[0].expect.status = 201;
  spec.operations[0].expect.json = {{"writer", JsonType::string}};
  std::uint64_t warm = 0;
  run_to_end(spec, [&warm](load::Run& run, std::stop_source&) {
    if (warm == 0 && system_clock().now() >= run.t0() + std::chrono::seconds(1))
      warm = allocations_of_load_thread;
  });
  EXPECT_GT(warm, 0U);
  EXPECT_LT(allocations_of_load_thread - warm, 1'000U);
}

TEST(LoadAllocation, WarmRunWithDataAndCapturedValues_AllocatesFarLessThanOnceARequest) {
  TestServer server(answering(
      response(200, R"({"token":"a token that does not fit a small string"})", "X-Id: 17\r\n")));
  LoadSpec spec = spec_for(server.port(), 2000, std::chrono::seconds(3));
  spec.data = {
      data_set("users", "name,city\nanna,a city with a rather long name\nbob,\"x\"\"y\"\n")};
  spec.operations[0].captures = {{"token", Capture::From::json, "token"},
                                 {"id", Capture::From::header, "X-Id"}};
  Operation use;
  use.name = "use";
  use.weight = 3;
  use.method = "POST";
  use.path = "/{users.name}/{captured.id}";
  use.headers = {{"Authorization", "Bearer {captured.token}"}};
  use.body = R"({"city":"{users.city}","id":{captured.id}})";
  spec.operations.push_back(use);
  std::uint64_t warm = 0;
  const Told told = run_to_end(spec, [&warm](load::Run& run, std::stop_source&) {
    if (warm == 0 && system_clock().now() >= run.t0() + std::chrono::seconds(1))
      warm = allocations_of_load_thread;
  });
  EXPECT_EQ(count(told, Outcome::ok), told.summary.all.planned);
  EXPECT_GT(warm, 0U);
  EXPECT_LT(allocations_of_load_thread - warm, 1'000U);
}

}  // namespace
}  // namespace bhsim::load

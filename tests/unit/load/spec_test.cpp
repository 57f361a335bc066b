#include "framework/load/spec.hpp"

#include <gtest/gtest.h>

#include "framework/load/address.hpp"
#include "framework/load/url.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

LoadSpec valid_spec() {
  LoadSpec spec;
  Operation op;
  op.name = "x";
  spec.operations = {op};
  return spec;
}

LoadCommandOptions options_of(const std::string& arrivals) {
  LoadCommandOptions options;
  options.url = "http://127.0.0.1:8080/";
  options.arrivals = arrivals;
  options.duration = seconds(30);
  return options;
}

TEST(Spec, Defaults_AreValid) { EXPECT_TRUE(validate(valid_spec())); }

TEST(Spec, ImpossibleValues_AreRefused) {
  const auto refused = [](auto&& change) {
    LoadSpec spec = valid_spec();
    change(spec);
    return !validate(spec);
  };
  EXPECT_TRUE(refused([](LoadSpec& s) { s.operations.clear(); }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.connections = 0; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.threads = 51; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.rate_per_s = 0; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.rate_per_s = -1; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.duration = Nanos(0); }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.timeout = Nanos(0); }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.skus = {"a b"}; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.operations[0].weight = 0; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.operations[0].path = "/{nothing}"; }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.operations.push_back(s.operations[0]); }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.process = Process::replay; }));
  EXPECT_TRUE(refused([](LoadSpec& s) {
    s.spikes = {{seconds(2), seconds(1), 5}, {seconds(2), seconds(1), 5}};
  }));
  EXPECT_TRUE(refused([](LoadSpec& s) { s.operations[0].ledger = LedgerRole::read; }));
}

TEST(Spec, ObservedClasses_AreNamedOnceInOrder) {
  LoadSpec spec = valid_spec();
  spec.operations[0].versions = {{"B", "X-B"}, {"A", "X-A"}};
  spec.operations.push_back(spec.operations[0]);
  spec.operations[1].versions = {{"A", "X-A"}, {"C", "X-C"}};
  EXPECT_EQ(observed_classes(spec), (std::vector<std::string>{"B", "A", "C"}));
}

TEST(Address, AnythingButLoopback_IsRefusedUnlessNamed) {
  EXPECT_TRUE(resolve({"127.0.0.1", 80, ""}, {}));
  EXPECT_TRUE(resolve({"127.8.9.1", 80, ""}, {}));
  EXPECT_TRUE(resolve({"::1", 80, ""}, {}));
  EXPECT_TRUE(resolve({"::ffff:127.0.0.1", 80, ""}, {}));
  for (const char* host : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::ffff:192.0.2.1", "::"}) {
    const auto refused = resolve({host, 80, ""}, {"192.0.2.7"});
    ASSERT_FALSE(refused) << host;
    EXPECT_NE(refused.error().message.find("--allow-target"), std::string::npos);
    EXPECT_TRUE(resolve({host, 80, ""}, {host})) << host;
  }
}

TEST(Url, Parts_AreTakenApart) {
  const auto url = parse_url("http://localhost:8080/a/b?c=1#frag");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->target.host, "localhost");
  EXPECT_EQ(url->target.port, 8080);
  EXPECT_EQ(url->path, "/a/b?c=1");
  EXPECT_EQ(parse_url("http://[::1]:81")->target.host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:81")->target.port, 81);
  EXPECT_EQ(parse_url("http://x")->path, "/");
  EXPECT_EQ(parse_url("http://x?y")->path, "/?y");
  EXPECT_FALSE(url->target.tls);
  for (const char* bad : {"", "x", "ftp://x", "https://", "http://", "http://x:0", "http://x:99999",
                          "http://x:y", "http://a:b@x", "http://[::1"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

TEST(Url, Https_IsTlsOnItsOwnPort) {
  const auto url = parse_url("https://localhost/a");
  ASSERT_TRUE(url) << url.error().message;
  ASSERT_TRUE(url->target.tls);
  EXPECT_TRUE(url->target.tls->verify);
  EXPECT_EQ(url->target.port, 443);
  EXPECT_EQ(url->path, "/a");
  EXPECT_EQ(parse_url("https://[::1]:8443")->target.authority(), "[::1]:8443");
}

TEST(Words, Tls_BecomesPartOfTheTarget) {
  LoadCommandOptions options;
  options.url = "https://127.0.0.1:8443/";
  options.ca_file = "ca.pem";
  options.server_name = "shop.test";
  const auto spec = to_spec(options);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->target.tls->ca_file, "ca.pem");
  EXPECT_EQ(spec->target.tls->server_name, "shop.test");
  EXPECT_TRUE(spec->target.tls->verify);
  options.insecure = true;
  EXPECT_FALSE(to_spec(options));  // verified by a file, and not verified
  options.ca_file.clear();
  EXPECT_FALSE(to_spec(options)->target.tls->verify);
  options.url = "http://127.0.0.1:8080/";
  EXPECT_FALSE(to_spec(options));  // nothing to verify
}

TEST(Words, Arrivals_BecomeASpec) {
  EXPECT_EQ(to_spec(options_of("poisson"))->process, Process::poisson);
  EXPECT_EQ(to_spec(options_of("constant"))->process, Process::constant);
  const auto stages = to_spec(options_of("stages:10s@500,5s@2000/s"));
  ASSERT_TRUE(stages) << stages.error().message;
  ASSERT_EQ(stages->stages.size(), 2U);
  EXPECT_EQ(stages->stages[1].length, Nanos(seconds(5)));
  EXPECT_EQ(stages->stages[1].rate_end_per_s, 2000);
  const auto spikes = to_spec(options_of("spikes:5000/s:every=10s:for=500ms"));
  ASSERT_TRUE(spikes) << spikes.error().message;
  ASSERT_EQ(spikes->spikes.size(), 2U);
  EXPECT_EQ(spikes->spikes[1].at, Nanos(seconds(20)));
  EXPECT_EQ(spikes->spikes[1].length, Nanos(milliseconds(500)));
  for (const char* bad : {"uniform", "stages:10@5", "spikes:5000/s", "spikes:5:every=1s:for=2s",
                          "replay:/nonexistent"}) {
    EXPECT_FALSE(to_spec(options_of(bad))) << bad;
  }
}

TEST(Words, Replay_ReadsSecondsLineByLine) {
  auto folder = TemporaryDirectory::create("bhsim-replay");
  ASSERT_TRUE(folder);
  const Path file = folder->path() / "starts";
  ASSERT_TRUE(write_file(file, "# seconds\n0\n0.000000017\n1.5\n"));
  const auto spec = to_spec(options_of("replay:" + file.string()));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->replay, (std::vector<Nanos>{Nanos(0), Nanos(17), milliseconds(1500)}));
}

TEST(Words, ExpectationsHeadersAndData_BecomeAnOperation) {
  LoadCommandOptions options = options_of("poisson");
  options.headers = {"Accept: text/plain", "X-Empty:"};
  options.data = "hello";
  options.expect = {"status=201", "body=ok", "header=X-A: b c", "json=price:number", "json=sku"};
  const auto spec = to_spec(options);
  ASSERT_TRUE(spec) << spec.error().message;
  const Operation& op = spec->operations[0];
  EXPECT_EQ(op.method, "POST");
  EXPECT_EQ(op.headers[0].second, "text/plain");
  EXPECT_EQ(op.expect.status, 201);
  EXPECT_EQ(op.expect.headers[0], (std::pair<std::string, std::string>{"X-A", "b c"}));
  EXPECT_EQ(op.expect.json[1].second, JsonType::any);
  for (const char* bad : {"status=abc", "what=1", "json=price:float", "body="}) {
    options.expect = {bad};
    EXPECT_FALSE(to_spec(options)) << bad;
  }
}

TEST(Words, RateSearch_IsASearchOfARange) {
  LoadCommandOptions options = options_of("constant");
  const auto search = [&options](const char* rate) {
    options.rate = rate;
    EXPECT_TRUE(is_search(options)) << rate;
    EXPECT_EQ(to_spec(options)->process, Process::constant) << rate;
    const auto found = to_search(options);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(CapacityOptions{});
  };
  EXPECT_EQ(search("search").from_per_s, 34);  // 1,000 requests in 30 s
  EXPECT_EQ(search("search").to_per_s, 1e6);
  EXPECT_EQ(search("search:200..8000").from_per_s, 200);
  EXPECT_EQ(search("search:200..8000").to_per_s, 8000);
  EXPECT_EQ(search("search:0.5/s..600/m").from_per_s, 0.5);
  EXPECT_EQ(search("search:0.5/s..600/m").to_per_s, 10);
  EXPECT_EQ(search("search:200..").to_per_s, 1e6);
  EXPECT_EQ(search("search:..20").from_per_s, 20);
}

TEST(Words, LimitsOfASearch_AreThoseOfTheCommandLineOrTheSlo) {
  LoadCommandOptions options = options_of("poisson");
  options.rate = "search";
  options.slo = milliseconds(250);
  EXPECT_EQ(to_search(options)->max_p99, Nanos(milliseconds(250)));
  EXPECT_EQ(to_search(options)->max_error_share, 0.01);
  EXPECT_EQ(to_search(options)->precision, 0.05);
  EXPECT_EQ(to_search(options)->duration, Nanos(seconds(30)));
  options.max_p99 = milliseconds(20);
  options.max_error_share = 0.002;
  options.precision = 0.02;
  EXPECT_EQ(to_search(options)->max_p99, Nanos(milliseconds(20)));
  EXPECT_EQ(to_search(options)->max_error_share, 0.002);
  EXPECT_EQ(to_search(options)->precision, 0.02);
}

TEST(Words, ImpossibleSearches_AreRefused) {
  LoadCommandOptions options = options_of("poisson");
  for (const char* bad : {"search:", "search:5", "search:x..5", "search:9..5", "search:0..5",
                          "search:1..99999999", "search:-1..5"}) {
    options.rate = bad;
    EXPECT_FALSE(to_search(options)) << bad;
  }
  options.rate = "searching";
  EXPECT_FALSE(to_spec(options));
  options.rate = "search";
  options.hlog = "log.hlog";
  EXPECT_FALSE(to_search(options));
  options = options_of("stages:10s@500");
  options.rate = "search";
  EXPECT_FALSE(to_spec(options));
  options = options_of("poisson");
  options.precision = 0.05;
  EXPECT_FALSE(to_spec(options));
}

TEST(Words, RateMax_IsAClosedLoop) {
  LoadCommandOptions options = options_of("poisson");
  options.rate = "max";
  EXPECT_EQ(to_spec(options)->process, Process::closed);
}

}  // namespace
}  // namespace bhsim::load

// Values of data sets in requests: which row, and how they are written where they stand.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/load/request.hpp"
#include "framework/load/url.hpp"

namespace bhsim::load {
namespace {

DataSet data_set(std::string name, std::string csv, Pick pick = Pick::random) {
  auto table = CsvTable::parse(std::move(csv), name + ".csv");
  EXPECT_TRUE(table) << table.error().message;
  return {std::move(name), pick, std::make_shared<const CsvTable>(*std::move(table))};
}

LoadSpec spec_with(DataSet set) {
  LoadSpec spec;
  spec.target.port = 80;
  spec.data = {std::move(set)};
  return spec;
}

Operation with_path(std::string path) {
  Operation op;
  op.name = "op";
  op.path = std::move(path);
  return op;
}

Operation with_body(std::string body) {
  Operation op = with_path("/");
  op.method = "POST";
  op.body = std::move(body);
  return op;
}

std::string row_request(const LoadSpec& spec, const Operation& op, std::uint64_t number = 0) {
  const auto request = CompiledRequest::compile(spec, op);
  EXPECT_TRUE(request) << request.error().message;
  if (!request) return "";
  RequestValues values;
  values.number = number;
  values.random_seed = Random::mix(number);
  std::string scratch;
  std::string out;
  request->render(values, spec.skus, scratch, out);
  return out;
}

std::string path_of(const std::string& request) {
  return request.substr(4, request.find(" HTTP") - 4);
}
std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

std::string data_problem(const LoadSpec& spec, const Operation& op) {
  const auto request = CompiledRequest::compile(spec, op);
  return request ? "" : request.error().message;
}

TEST(Data, ValuesOfOneRequest_AreOfOneRow) {
  std::string csv = "name,password\n";
  for (int i = 0; i < 50; ++i) csv += fmt::format("n{0},p{0}\n", i);
  const LoadSpec spec = spec_with(data_set("users", csv));
  Operation op = with_body(R"({"password":"{users.password}"})");
  op.path = "/{users.name}/{users.password}";
  op.headers = {{"X-User", "{users.name}"}};
  std::set<std::string> seen;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const std::string request = row_request(spec, op, number);
    const std::string row = request.substr(7, request.find('/', 7) - 7);  // "POST /n"
    EXPECT_TRUE(request.starts_with(fmt::format("POST /n{0}/p{0} HTTP", row))) << request;
    EXPECT_NE(request.find(fmt::format("X-User: n{}\r\n", row)), std::string::npos) << request;
    EXPECT_EQ(body_of(request), fmt::format(R"({{"password":"p{}"}})", row));
    seen.insert(row);
  }
  EXPECT_EQ(seen.size(), 50U);
}

TEST(Data, SequentialPick_GoesThroughTheRowsByTheRequestsNumber) {
  const LoadSpec spec = spec_with(data_set("ids", "id\na\nb\nc\n", Pick::sequential));
  std::string paths;
  for (std::uint64_t number = 0; number < 7; ++number)
    paths += path_of(row_request(spec, with_path("/{ids.id}"), number));
  EXPECT_EQ(paths, "/a/b/c/a/b/c/a");
}

TEST(Data, RandomPick_FollowsFromTheRequestAndIsEven) {
  const LoadSpec spec = spec_with(data_set("ids", "id\na\nb\nc\nd\n"));
  std::map<std::string, int> counts;
  for (std::uint64_t number = 0; number < 4'000; ++number) {
    const std::string one = row_request(spec, with_path("/{ids.id}"), number);
    EXPECT_EQ(one, row_request(spec, with_path("/{ids.id}"), number));
    ++counts[path_of(one)];
  }
  ASSERT_EQ(counts.size(), 4U);
  for (const auto& [path, count] : counts) EXPECT_NEAR(count, 1'000, 120) << path;
}

TEST(Data, TwoSets_AreNotPickedInStep) {
  LoadSpec spec = spec_with(data_set("a", "x\n0\n1\n"));
  spec.data.push_back(data_set("b", "x\n0\n1\n"));
  std::set<std::string> seen;
  for (std::uint64_t number = 0; number < 100; ++number)
    seen.insert(path_of(row_request(spec, with_path("/{a.x}{b.x}"), number)));
  EXPECT_EQ(seen, (std::set<std::string>{"/00", "/01", "/10", "/11"}));
}

constexpr const char* kHostile = "x\n\"a/b?\"\"\\ c&ü\n\"\n";

TEST(Data, Path_IsPercentEncoded) {
  const LoadSpec spec = spec_with(data_set("d", kHostile));
  EXPECT_EQ(path_of(row_request(spec, with_path("/{d.x}?q={d.x}"))),
            "/a%2Fb%3F%22%5C%20c%26%C3%BC%0A?q=a%2Fb%3F%22%5C%20c%26%C3%BC%0A");
}

TEST(Data, JsonBody_StaysJsonAndCarriesTheValue) {
  const LoadSpec spec = spec_with(data_set("d", kHostile));
  const auto body = [&spec](const char* text) {
    return nlohmann::json::parse(body_of(row_request(spec, with_body(text))), nullptr, false);
  };
  EXPECT_EQ(body(R"({"a":"{d.x}"})"), (nlohmann::json{{"a", "a/b?\"\\ c&ü\n"}}));
  EXPECT_EQ(body(R"({"a":{d.x}})"), (nlohmann::json{{"a", "a/b?\"\\ c&ü\n"}}));
  EXPECT_EQ(body(R"({"q\"":"\\","a":"<{d.x}>"})")["a"], "<a/b?\"\\ c&ü\n>");
}

TEST(Data, NumbersOutsideJsonStrings_StandBare) {
  const LoadSpec spec = spec_with(data_set("d", "n,t\n12,007\n"));
  EXPECT_EQ(
      body_of(row_request(spec, with_body(R"({"a":{d.n},"b":"{d.n}","c":[{d.t}],"d":"{1..1}"})"))),
      R"({"a":12,"b":"12","c":["007"],"d":1})");
}

TEST(Data, FormBody_IsPercentEncodedAndTextIsLeftAsItIs) {
  const LoadSpec spec = spec_with(data_set("d", "x\na&b=c\n"));
  Operation op = with_body("user={d.x}");
  EXPECT_EQ(body_of(row_request(spec, op)), "user=a&b=c");
  op.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  EXPECT_EQ(body_of(row_request(spec, op)), "user=a%26b%3Dc");
}

TEST(Data, BodyOfOnePlaceholder_IsTextAndNoJson) {
  const LoadSpec spec = spec_with(data_set("d", "x\nplain\n"));
  const std::string request = row_request(spec, with_body("{d.x}"));
  EXPECT_EQ(body_of(request), "plain");
  EXPECT_EQ(request.find("application/json"), std::string::npos);
}

TEST(Data, LineBreakInAHeader_IsRefusedWithItsPlace) {
  const LoadSpec spec = spec_with(data_set("d", "x,y\nok,1\n\"a\r\nInjected: 1\",2\n"));
  Operation op = with_path("/");
  op.headers = {{"X-Y", "{d.y}"}};
  EXPECT_EQ(data_problem(spec, op), "");
  op.headers = {{"X-X", "{d.x}"}};
  EXPECT_EQ(data_problem(spec, op),
            "header X-X: {d.x}: d.csv:3:2: a control character, such as a line break, cannot stand "
            "in a header");
}

TEST(Data, UnknownSetAndColumn_NameTheNearest) {
  const LoadSpec spec = spec_with(data_set("users", "name,password\na,b\n"));
  EXPECT_EQ(data_problem(spec, with_path("/{users.nam}")),
            "{users.nam}: users.csv has no column 'nam'; did you mean {users.name}?");
  EXPECT_EQ(data_problem(spec, with_path("/{user.name}")),
            "{user.name}: there is no data set 'user'; did you mean {users.name}?");
  EXPECT_EQ(data_problem(spec, with_path("/{captured.token}")),
            "{captured.token}: no operation captures 'token'");
}

TEST(Data, NamesThatCannotBeSaid_AreRefused) {
  LoadSpec spec = spec_with(data_set("users", "name\na\n"));
  spec.operations = {with_path("/")};
  EXPECT_TRUE(validate(spec));
  for (const char* name : {"", "1", "a b", "a.b", "captured"}) {
    spec.data[0].name = name;
    EXPECT_FALSE(validate(spec)) << name;
  }
  spec.data = {data_set("a", "x\n1\n"), data_set("a", "x\n1\n")};
  EXPECT_FALSE(validate(spec));
  spec.data = {{"a", Pick::random, nullptr}};
  EXPECT_FALSE(validate(spec));
}

TEST(OperationMix, TakesThePlaceOfTheOneRequestBehindTheUrlsPath) {
  LoadCommandOptions options;
  options.url = "http://127.0.0.1:8080/shop/v1/";
  options.mix.emplace();
  options.mix->operations = {with_path("/{users.name}")};
  options.mix->data = {data_set("users", "name\nanna\n")};
  const auto spec = to_spec(options);
  ASSERT_TRUE(spec) << spec.error().message;
  ASSERT_EQ(spec->operations.size(), 1U);
  EXPECT_EQ(path_of(row_request(*spec, spec->operations[0])), "/shop/v1/anna");
  EXPECT_EQ(spec->skus, LoadSpec().skus);
  options.mix->skus = {"A"};
  EXPECT_EQ(to_spec(options)->skus, (std::vector<std::string>{"A"}));
}

}  // namespace
}  // namespace bhsim::load

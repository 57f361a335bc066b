#pragma once
// What a complete response is worth.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/load/http_parser.hpp"
#include "framework/load/outcome.hpp"
#include "framework/load/request.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct Judgement {
  Outcome outcome = Outcome::ok;
  bool altered = false;         // a ledger read that came back with other content
  bool lost_candidate = false;  // a ledger read of an acknowledged record that answered 404
};

// Where a header, in any case, stands in `wanted`; it is added when it does not yet.
std::size_t index_of_header(WantedHeaders& wanted, std::string name);

class CompiledExpectation {
 public:
  struct Version {
    std::uint32_t class_index = 0;
    std::size_t header = 0;  // index into the wanted headers
  };

  // Adds to `wanted` the headers that it needs to see.
  CompiledExpectation(const Operation& op, const std::vector<std::string>& classes,
                      WantedHeaders& wanted);

  [[nodiscard]] ResponseParser::Body body() const { return keep_body_; }
  [[nodiscard]] Judgement judge(const ResponseParser& response, const RequestValues& values,
                                const std::vector<std::string>& skus) const;
  // Says in a sentence why judge() did not say ok.
  [[nodiscard]] std::string explain(const ResponseParser& response,
                                    const Judgement& judgement) const;
  [[nodiscard]] const std::vector<Version>& versions() const { return versions_; }

 private:
  [[nodiscard]] bool headers_hold(const ResponseParser& response) const;
  [[nodiscard]] bool body_holds(std::string_view body) const;

  Expectation expect_;
  LedgerRole ledger_;
  ResponseParser::Body keep_body_;
  std::vector<std::size_t> header_index_;  // of expect_.headers
  std::vector<Version> versions_;
};

// The decimal digits at the end of a version header's value; nothing when there are none.
std::optional<std::int64_t> generation_of(std::string_view value);

}  // namespace bhsim::load

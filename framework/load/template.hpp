#pragma once
// A text with placeholders, compiled once into segments; rendering it allocates nothing once `out`
// is warm.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/captures.hpp"
#include "framework/load/ledger.hpp"
#include "framework/load/random.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

// What the placeholders of one request stand for.
struct RequestValues {
  // {sku}, {a..b} outside ledger writes and rows picked at random follow from it.
  std::uint64_t random_seed = 0;
  std::uint32_t writer = 0;  // of the record written, or of the acknowledged one that is read
  std::uint64_t sequence = 0;
  LedgerRecord record;       // ledger writes
  std::uint64_t number = 0;  // of the request in the plan: rows picked in sequence follow from it
  // Of the connection; it has what the template asks for.
  const CapturedValues* captured = nullptr;
};

// Where a text stands in a request. Values of data sets and captured ones are escaped for it.
enum class TemplatePlace : std::uint8_t {
  path,    // percent-encoded
  header,  // as it stands; a data set with a control character in that column is refused
  text,    // as it stands
  form,    // percent-encoded: application/x-www-form-urlencoded
  json,    // inside a string escaped for it, elsewhere as a JSON value
};

// A letter, and then letters, digits, '_' and '-': a data set's or captured value's name.
bool is_word(std::string_view text);
// The name between the braces of the placeholder that begins at `at`; empty when none begins there,
// since other braces are text.
std::string_view placeholder_at(std::string_view text, std::size_t at);

class Template {
 public:
  void add_literal(std::string_view text);
  // Behind what is there already.
  Result<void> add(std::string_view text, const LoadSpec& spec, LedgerRole role,
                   TemplatePlace place);

  void render(const RequestValues& values, Random& random, const std::vector<std::string>& skus,
              std::string& out) const;
  [[nodiscard]] bool is_constant() const;
  // Adds the slots of the captured values that it needs, each once.
  void add_captured_to(std::vector<std::size_t>& slots) const;

 private:
  enum class Kind : std::uint8_t {
    literal,
    sku,
    range,
    acknowledged,
    writer,
    sequence,
    quantity,
    data,
    captured
  };
  enum class Escape : std::uint8_t { none, percent, json_string, json_value };
  struct Segment {
    Kind kind = Kind::literal;
    std::string text;                       // literal
    std::uint64_t low = 0, high = 0;        // range
    std::size_t index = 0;                  // of the data set, or the captured value's slot
    std::size_t column = 0;                 // data
    Pick pick = Pick::random;               // data
    std::shared_ptr<const CsvTable> table;  // data
    Escape escape = Escape::none;           // data, captured
  };
  static Result<Segment> placeholder(std::string_view name, const LoadSpec& spec, LedgerRole role,
                                     TemplatePlace place);
  static Result<Segment> range(std::string_view name, LedgerRole role);
  static Result<Segment> captured(std::string_view name, const LoadSpec& spec);
  static Result<Segment> data(std::string_view name, const LoadSpec& spec, TemplatePlace place);
  static std::string_view data_value(const Segment& segment, const RequestValues& values);
  static void append(std::string& out, std::string_view value, Escape escape);

  std::vector<Segment> segments_;
};

}  // namespace bhsim::load

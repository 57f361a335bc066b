#pragma once
// Words for a terminal: colour and lines of its width. For this folder, and for whoever prints.

#include <cstddef>
#include <string>
#include <string_view>

#include "checks/check.hpp"

namespace bhsim::report {

enum class Colour { off, on };

// `style` is the number of an ANSI style, such as "1;31".
std::string painted(std::string_view text, std::string_view style, Colour colour);
std::string_view style_of(checks::RunStatus status);
std::string_view style_of(checks::Status status);

// Words in lines of at most `columns`, each begun with `indent` spaces; 0 columns: one line. Ends
// in a newline.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

// Columns of the terminal that standard error is; 100 when it is none.
int terminal_columns();

}  // namespace bhsim::report

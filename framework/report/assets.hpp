#pragma once
// Files that the build puts into the program (bhsim_embed in CMakeLists.txt).

#include <string_view>

namespace bhsim::report::asset {

extern const std::string_view page_css;
extern const std::string_view page_js;
extern const std::string_view dygraph_js;
extern const std::string_view dygraph_css;

}  // namespace bhsim::report::asset

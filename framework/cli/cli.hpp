#pragma once
// The command line: parses words, calls one function a command, turns the result into an exit code.
// The only place where running, judging and reporting meet.

namespace bhsim::cli {

// Exit codes: 0 pass · 1 fail · 2 inconclusive or invalid run · 3 usage or configuration · 4 engine
// or infrastructure · 70 internal error · 130 interrupted (after healing, clean-up and sealing).
int run_program(int argc, char** argv);

}  // namespace bhsim::cli

#pragma once
// One line a command; each is defined in the file of its name.

namespace CLI {
class App;
}

namespace bhsim::cli {

void add_run(CLI::App& command, int& exit_code);
void add_check(CLI::App& command, int& exit_code);
void add_report(CLI::App& command, int& exit_code);
void add_assess(CLI::App& command, int& exit_code);
void add_load(CLI::App& command, int& exit_code);
void add_list(CLI::App& command, int& exit_code);
void add_validate(CLI::App& command, int& exit_code);
void add_doctor(CLI::App& command, int& exit_code);
void add_image(CLI::App& command, int& exit_code);
void add_clean(CLI::App& command, int& exit_code);
void add_recover(CLI::App& command, int& exit_code);
void add_guard(CLI::App& command, int& exit_code);

}  // namespace bhsim::cli

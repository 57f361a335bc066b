#include "framework/cli/cli.hpp"

int main(int argc, char** argv) { return bhsim::cli::run_program(argc, argv); }

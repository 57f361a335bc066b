#!/usr/bin/env bash
# The specification's own spelling (phase 9.2.7): run-production-simulation.sh --duration=4h --load=high
exec "$(dirname "$(readlink -f "$0")")/bhsim" run production "$@"

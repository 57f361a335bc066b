#!/usr/bin/env bash
# scripts/setup.sh on machines that are not there: its tools are played by small programs, each case in a folder of its own.
# setup_test.sh ROOT CASE runs one case; setup_test.sh ROOT --list names them all.
set -euo pipefail
root=$1

# --- a machine of our own -----------------------------------------------------------------------------------------------
# tool NAME <<BODY: a program that is found before the real one.
tool() { { echo '#!/bin/sh'; cat; } >"$box/bin/$1"; chmod +x "$box/bin/$1"; }
# absent NAME…: hides real tools, by a path that holds links to all others.
absent() {
  local folder file
  for folder in /usr/bin /bin /usr/sbin /sbin; do
    for file in "$folder"/*; do
      case " $* " in *" ${file##*/} "*) ;; *) [ -e "$box/real/${file##*/}" ] || ln -s "$file" "$box/real/${file##*/}" ;; esac
    done
  done
  path=$box/real
}

# setup COMMANDS: runs them as the scripts do, with set -euo pipefail, and keeps what was said and the exit code.
setup() {
  code=0
  (
    cd "$box/tree"
    env -i HOME="$box/home" PATH="$box/bin:$path" engine_socket="$box/docker.sock" engine_log="$box/dockerd.log" \
      engine_pid_file="$box/dockerd.pid" engine_patience=3 box="$box" "${variables[@]}" "${as[@]}" \
      bash -c "set -euo pipefail; . '$root/scripts/setup.sh'; PATH=\$box/bin:$path; $1"
  ) >"$box/out" 2>"$box/err" </dev/null || code=$?
}
ends_with() { [ "$code" = "$1" ] || broken "exit code $code, expected $1"; }
says() { grep -qF -- "$1" "$box/err" || broken "not said: $1"; }
prints() { [ "$(cat "$box/out")" = "$1" ] || broken "printed: $(cat "$box/out")"; }
did() { grep -qF -- "$1" "$box/did" 2>/dev/null || broken "not done: $1"; }
never_did() { if grep -qF -- "$1" "$box/did" 2>/dev/null; then broken "was done: $1"; fi; }
broken() { printf '%s\n' "$*" "--- said:" "$(cat "$box/err")" "--- did:" "$(cat "$box/did" 2>/dev/null)" >&2; exit 1; }

# A machine on which only `known` is installed, and whose user is root.
tool_set() {
  tool id <<'TOOL'
case "$1" in -u) echo "${user_id:-0}" ;; *) echo somebody ;; esac
TOOL
  tool dpkg-query <<'TOOL'
fail=0
shift 2
for name in "$@"; do
  if [ "$name" = known ] || [ -e "$box/installed-$name" ]; then echo "$name installed"; else echo "no $name" >&2; fail=1; fi
done
exit $fail
TOOL
  tool apt-get <<'TOOL'
echo "apt-get $*" >>"$box/did"
case " $* " in *" update "*) exit "${update_code:-0}" ;; esac
[ "${install_code:-0}" = 0 ] || { echo "E: Unable to locate package" >&2; exit "$install_code"; }
: >"$box/installed-absent"
TOOL
  tool curl <<'TOOL'
[ -e "$box/answers" ]
TOOL
  tool dockerd <<'TOOL'
echo "dockerd $*" >>"$box/did"
echo "failed to start daemon: Devices cgroup isn't mounted" >&2
exit 1
TOOL
  printf 'known\n# a comment\n' >"$box/tree/have"
  printf 'known  # and why\n\nabsent\n' >"$box/tree/want"
}

# A socket that nobody listens on.
socket() { perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die' "$box/docker.sock"; }

# --- packages -----------------------------------------------------------------------------------------------------------
case_AllPackagesThere_NothingIsDone() { setup 'install_packages have'; ends_with 0; never_did apt-get; }
case_APackageUnknownToDpkg_IsMissing() { setup 'missing_packages want'; ends_with 0; prints absent; }
case_AMissingPackage_IsInstalledAndNothingRemoved() { setup 'install_packages want'; ends_with 0; did 'install -y --no-install-recommends --no-remove absent'; }
case_AptUpdateFails_ItGoesOnWithWhatIsThere() { variables=(update_code=100); setup 'install_packages want'; ends_with 0; says 'apt-get update failed'; }
case_AptInstallFails_SaysWhatToDo() { variables=(install_code=100); setup 'install_packages want'; ends_with 4; says 'apt-get install failed'; says 'By hand: apt-get install --no-install-recommends absent'; }
case_AptSucceedsWithoutInstalling_IsNoSuccess() {
  tool apt-get <<<'exit 0'
  setup 'install_packages want'; ends_with 4; says 'still missing: absent'
}
case_NoRootAndNoSudo_SaysSo() { absent sudo; variables=(user_id=1000); setup 'install_packages want'; ends_with 4; says 'there is no sudo'; never_did apt-get; }
case_NoRootButSudo_InstallsThroughIt() {
  tool sudo <<<'echo "sudo $*" >>"$box/did"; exec "$@"'
  variables=(user_id=1000); setup 'install_packages want'; ends_with 0; did 'sudo env DEBIAN_FRONTEND=noninteractive apt-get'
}
case_NoDpkg_SaysHowToBuildByHand() { absent dpkg-query; rm "$box/bin/dpkg-query"; setup 'install_packages want'; ends_with 4; says 'cmake --preset release'; }

# --- engine -------------------------------------------------------------------------------------------------------------
case_AnEngineAnswers_NoneIsStarted() { : >"$box/answers"; setup 'start_engine; stop_engine'; ends_with 0; never_did dockerd; }
case_DockerHostIsSet_NoneIsStartedAndNoneInstalled() {
  absent dockerd; rm "$box/bin/dockerd"
  variables=(DOCKER_HOST=tcp://192.0.2.1:2375); setup 'start_engine; engine_packages'; ends_with 0; prints ''
}
case_AContextIsChosen_NoneIsStarted() {
  mkdir -p "$box/home/.docker"; echo '{"auths": {}, "currentContext": "far"}' >"$box/home/.docker/config.json"
  setup 'start_engine'; ends_with 0; never_did dockerd
}
case_TheDefaultContext_IsOurs() { variables=(DOCKER_CONTEXT=default); setup 'engine_chosen || echo ours'; ends_with 0; prints ours; }
case_NoEngineAtAll_ItsPackagesAreWanted() { absent dockerd; rm "$box/bin/dockerd"; setup 'engine_packages'; prints scripts/packages-engine; }
case_AnEngineFromElsewhere_KeepsItsPackages() { setup 'engine_packages'; ends_with 0; prints ''; }
case_ASocketOfAnotherGroup_SaysHowToJoin() {
  socket
  chmod 000 "$box/docker.sock"
  # Root may use any socket: it asks without that capability. As another user it could not read a tree in a private folder.
  if [ "$(/usr/bin/id -u)" -eq 0 ]; then as=(setpriv --bounding-set=-dac_override,-dac_read_search); fi
  variables=(user_id=65534); setup start_engine; ends_with 4; says 'usermod -aG docker somebody'; never_did dockerd
}
case_NoDockerd_SaysSo() { absent dockerd; rm "$box/bin/dockerd"; setup 'launch_dockerd'; ends_with 4; says 'apt-get install docker.io'; }
case_DockerdEndsAtOnce_ItsReasonIsShown() {
  no_systemd; setup 'start_engine'; ends_with 4; says "Devices cgroup isn't mounted"; says 'needs --privileged'
}
case_DockerdNeverAnswers_IsSaidInTime() {
  no_systemd; living_dockerd
  setup 'trap stop_engine EXIT; start_engine'; ends_with 4; says 'did not answer within 3 s'; nothing_runs
}
case_DockerdAnswers_IsStoppedAgainWithAllThatItLeft() {
  no_systemd; living_dockerd; answer_when_started
  setup 'start_engine; echo "$engine_started"; stop_engine'; ends_with 0; prints dockerd; says 'started a Docker Engine'; nothing_runs
  [ ! -e "$box/dockerd.log" ] && [ ! -e "$box/dockerd.pid" ] || broken 'its log or process file is left'
}
case_TheProcessFileOfAnother_KillsNobody() {
  sleep 60 & local other=$!
  echo $other >"$box/dockerd.pid"
  setup 'stop_engine'; ends_with 0; kill $other || broken 'it killed another process'
}

no_systemd() { [ ! -d /run/systemd/system ] || { echo "SKIPPED: this machine runs systemd"; exit 77; }; }
# A dockerd that lives, and that /proc calls so.
living_dockerd() { mkdir "$box/live"; cp "$(command -v sleep)" "$box/live/dockerd"; tool dockerd <<<'exec "$box/live/dockerd" 60'; }
answer_when_started() { tool curl <<<'[ -e "$box/dockerd.pid" ]'; }
nothing_runs() { local p; for p in /proc/[0-9]*/exe; do [ "$(readlink "$p" 2>/dev/null)" != "$box/live/dockerd" ] || broken "${p%/exe} still runs"; done; }

# --- build --------------------------------------------------------------------------------------------------------------
fake_build() {
  tool cmake <<<'echo "cmake $*" >>"$box/did"; mkdir -p build/p; echo "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd -P)" >build/p/CMakeCache.txt; : >build/p/build.ninja'
  tool ninja <<'TOOL'
case " $* " in *" -n "*) [ -e "$box/built" ] && echo "ninja: no work to do."; exit 0 ;; esac
echo "ninja $*" >>"$box/did"; : >"$box/built"
TOOL
}
case_AFreshTree_IsConfiguredAndBuilt() { fake_build; setup 'build p one two'; ends_with 0; did 'cmake --preset p'; did 'ninja -C build/p one two'; }
case_ABuiltTree_IsLeftAlone() { fake_build; setup 'build p; build p; build p'; ends_with 0; [ "$(grep -c ^ninja "$box/did")" = 1 ] || broken 'built again'; }
case_CMakeFails_ItsWordsAreShown() {
  tool cmake <<<'echo "Could NOT find CURL" >&2; exit 1'
  setup 'build p'; ends_with 4; says 'Could NOT find CURL'; says 'cmake failed'
}
case_TheCompilerFails_TheLogIsNamed() {
  fake_build; tool ninja <<<'case " $* " in *" -n "*) exit 0 ;; esac; echo "error: expected ;"; exit 1'
  setup 'build p'; ends_with 4; says 'error: expected ;'; says 'build/p/build.log'
}
case_AnInterruptedConfigure_IsDoneAgain() { fake_build; mkdir -p "$box/tree/build/p"; setup 'build p'; ends_with 0; did 'cmake --preset p'; }
case_ATreeThatMoved_IsMadeAnew() {
  fake_build; mkdir -p "$box/tree/build/p"
  echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere' >"$box/tree/build/p/CMakeCache.txt"; : >"$box/tree/build/p/build.ninja"
  setup 'build p'; ends_with 0; says 'was made for /elsewhere'; did 'cmake --preset p'
}
case_AFolderThatCannotBeWritten_IsNamed() { mkdir "$box/tree/build"; : >"$box/tree/build/p"; setup 'build p'; ends_with 4; says 'cannot write to'; }
case_TwoBuildsAtOnce_OneWaits() {
  fake_build
  setup '(build p; build p) & (build p; build p) & wait'; ends_with 0; [ "$(grep -c ^cmake "$box/did")" = 1 ] || broken 'configured twice'
}

# --- one case -----------------------------------------------------------------------------------------------------------
if [ "$2" = --list ]; then declare -F | sed -n 's/^declare -f case_//p'; exit; fi
box=$(mktemp -d "${TMPDIR:-/tmp}/bhsim-setup.XXXXXX")
trap 'rm -rf "$box"' EXIT
mkdir "$box/bin" "$box/tree" "$box/home" "$box/real"
path=$PATH
variables=(unused=1)
as=(env)
tool_set
"case_$2"

# Sourced by the scripts beside it, which stand in the root of the tree: installs packages, starts an engine, builds.
# Not a command of its own. A function that cannot do its work says what failed and what to do, and exits 4.

# dockerd, ip and their like are not on the path of every user.
PATH=$PATH:/usr/sbin:/sbin
engine_socket=${engine_socket:-/var/run/docker.sock}
engine_log=${engine_log:-/var/log/bhsim-dockerd.log}
engine_pid_file=${engine_pid_file:-/run/bhsim-dockerd.pid}
# What start_engine started, for stop_engine: empty, "dockerd" or "systemd".
engine_started=

say() { printf 'bhsim: %s\n' "$*" >&2; }
die() { say "$*"; exit 4; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# require_root WHAT: before the first as_root.
require_root() {
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || die "$1 needs root, and there is no sudo: run this as root, or have an administrator do it"
}

# packages_of FILE…: the packages that the files list.
packages_of() { sed -e 's/#.*//' -e 's/[[:space:]]//g' "$@" | sed '/^$/d' | sort -u; }

# missing_packages FILE…: those of them that are not installed.
missing_packages() {
  local wanted
  wanted=$(packages_of "$@")
  # dpkg-query fails where it has never heard of a package: that package is missing, no failure of this function.
  # shellcheck disable=SC2086  # one word a package
  { dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true; } |
    awk '$2 == "installed" {print $1}' | sort -u | comm -13 - <(printf '%s\n' "$wanted")
}

# install_packages FILE…: on a terminal asks first; elsewhere, and with BHSIM_YES=1, installs at once.
install_packages() {
  command -v dpkg-query >/dev/null ||
    die "dpkg is not here: this is no Debian. Install what $* list by hand, then: cmake --preset release && cmake --build --preset release && build/release/bhsim"
  local missing answer
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -z "$missing" ] && return 0
  say "these packages are missing: $missing"
  if [ -t 0 ] && [ -t 2 ] && [ "${BHSIM_YES:-}" != 1 ]; then
    read -r -p "bhsim: install them with apt-get now? [Y/n] " answer || answer=no
    case "$answer" in "" | y | Y | yes) ;; *) die "not installed, nothing was changed; to do it by hand: apt-get install --no-install-recommends $missing" ;; esac
  fi
  # The lock is waited for: a fresh machine often updates itself just then. Nothing that is there is removed for ours.
  require_root "installing packages ($missing)"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300) log
  log=$(mktemp)
  say "installing them with apt-get; this takes a minute or some"
  as_root "${apt[@]}" update >"$log" 2>&1 || { tail -n 5 "$log" >&2; say "apt-get update failed (above); going on with the lists that are here"; }
  # shellcheck disable=SC2086
  as_root "${apt[@]}" install -y --no-install-recommends --no-remove $missing >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get install failed (above). Is the network there, and is this Debian 12? By hand: apt-get install --no-install-recommends $missing"
  }
  rm -f "$log"
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -z "$missing" ] || die "apt-get succeeded, yet these packages are still missing: $missing"
}

# True when the environment or the docker client's configuration names an engine. bhsim finds it as the client does, and
# says itself what is wrong with it; it is never one that we could start.
engine_chosen() {
  [ -n "${DOCKER_HOST:-}" ] && return 0
  case "${DOCKER_CONTEXT:-}" in default) return 1 ;; ?*) return 0 ;; esac
  local name
  name=$(sed -n 's/.*"currentContext"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json" 2>/dev/null) || true
  if [ -n "$name" ] && [ "$name" != default ]; then return 0; fi
  [ ! -e "$engine_socket" ] && [ -S "${XDG_RUNTIME_DIR:-/nonexistent}/docker.sock" ]
}

engine_answers() { curl -fsS --max-time 4 --unix-socket "$engine_socket" http://localhost/_ping >/dev/null 2>&1; }

# The list of packages that an engine needs, where there is none: one that somebody installed otherwise stays.
engine_packages() {
  if engine_chosen || [ -S "$engine_socket" ] || command -v dockerd >/dev/null; then return 0; fi
  echo scripts/packages-engine
}

refuse_forbidden_socket() {
  if [ -S "$engine_socket" ] && [ ! -w "$engine_socket" ]; then
    die "$(id -un) may not use $engine_socket: sudo usermod -aG docker $(id -un) and log in again, or run as root"
  fi
}

launch_dockerd() {
  command -v dockerd >/dev/null || die "no engine answers at $engine_socket, and there is no dockerd to start: apt-get install docker.io"
  require_root "starting dockerd"
  # No userland proxy: it costs about 40 µs of CPU a request on published ports.
  # shellcheck disable=SC2016  # expanded by root's shell
  as_root sh -c 'nohup setsid dockerd --userland-proxy=false >"$1" 2>&1 </dev/null & echo $! >"$2"' sh "$engine_log" "$engine_pid_file" ||
    die "dockerd was not started (above)"
}

dockerd_of_ours() {
  local pid
  pid=$(cat "$engine_pid_file" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

# start_engine: only if none answers.
start_engine() {
  if engine_chosen || engine_answers; then return 0; fi
  refuse_forbidden_socket
  local where=$engine_log patience=${engine_patience:-60}
  if [ -d /run/systemd/system ]; then
    where="journalctl -u docker"
    require_root "starting the Docker Engine"
    as_root systemctl start docker >&2 || die "systemctl start docker failed; see $where"
    engine_started=systemd
  else
    launch_dockerd
    engine_started=dockerd
  fi
  say "no engine answered: started a Docker Engine; scripts/stop-engine stops it"
  local end=$((SECONDS + patience)) ended=no
  while [ $SECONDS -lt $end ] && [ $ended = no ]; do
    engine_answers && return 0
    refuse_forbidden_socket
    if [ $engine_started = dockerd ] && [ $SECONDS -gt $((end - patience + 1)) ] && ! dockerd_of_ours >/dev/null; then ended=yes; fi
    sleep 0.3
  done
  [ -r "$engine_log" ] && tail -n 5 "$engine_log" >&2
  [ $ended = yes ] && die "dockerd ended at once (its last lines are above; all: $where). In a container it needs --privileged and a mounted cgroup file system"
  die "the Docker Engine did not answer within $patience s; see $where"
}

# stop_engine: the one that start_engine started, in this script or, without systemd, in an earlier one.
stop_engine() {
  if [ "$engine_started" = systemd ]; then
    as_root systemctl stop docker.socket docker.service >&2 || say "systemctl stop docker failed"
    return 0
  fi
  local pid i
  pid=$(dockerd_of_ours) || pid=
  if [ -n "$pid" ]; then
    as_root kill "$pid" || true
    for ((i = 0; i < 100; i++)); do
      [ -d "/proc/$pid" ] || break
      sleep 0.3
    done
    [ -d "/proc/$pid" ] && die "dockerd, process $pid, did not end within 30 s; its log: $engine_log"
    as_root rm -f "$engine_log"
  fi
  [ ! -e "$engine_pid_file" ] || as_root rm -f "$engine_pid_file"
}

# forget_moved_build PRESET: a build folder knows the path that it was made for.
forget_moved_build() {
  local cache=build/$1/CMakeCache.txt home
  [ -f "$cache" ] || return 0
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
  [ "$home" = "$(pwd -P)" ] && return 0
  say "build/$1 was made for $home: making it anew"
  rm -rf "build/$1"
}

# build PRESET [TARGET…]: one build at a time in a tree; quiet when there is nothing to do.
build() {
  local preset=$1
  shift
  mkdir -p "build/$preset" 2>/dev/null && [ -w "build/$preset" ] ||
    die "$(id -un) cannot write to $(pwd)/build/$preset: give it to this user, or remove it"
  (
    flock -n 9 || { say "another build of this tree is going on: waiting for it"; flock 9; }
    forget_moved_build "$preset"
    mkdir -p "build/$preset"
    build_locked "$preset" "$@"
  ) 9>build/lock || exit $?
}

build_locked() {
  local preset=$1 log=build/$1/build.log
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    say "configuring (preset $preset)"
    cmake --preset "$preset" >"$log" 2>&1 ||
      { cat "$log" >&2; die "cmake failed (above). Were all packages of scripts/packages there? A fresh start: rm -rf build/$preset"; }
  fi
  local targets=("$@")
  [ ${#targets[@]} -eq 0 ] && targets=(all)
  ninja -C "build/$preset" -n "${targets[@]}" 2>/dev/null | grep 'no work to do' >/dev/null && return 0
  say "building (preset $preset); the first time takes some minutes"
  ninja -C "build/$preset" "${targets[@]}" >"$log" 2>&1 ||
    { tail -n 40 "$log" >&2; die "the build failed (above; whole log: $log). If the compiler was killed, memory ran out: ninja -j1 -C build/$preset"; }
}

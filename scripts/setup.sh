# Sourced by the scripts beside it: installs packages, starts an engine, builds. Not a command of its own.
# Every function says what it does, and returns non-zero with a reason on failure.

say() { printf 'bhsim: %s\n' "$*" >&2; }
die() { say "$*"; exit 4; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# missing_packages FILE…: prints the packages listed that are not installed.
missing_packages() {
  local wanted
  wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
  # dpkg-query fails where it has never heard of a package: that package is missing, no failure of this function.
  # shellcheck disable=SC2086  # one word a package
  { dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true; } |
    awk '$2 == "installed" {print $1}' | sort -u | comm -13 - <(printf '%s\n' "$wanted")
}

# install_packages FILE…: on a terminal asks first; elsewhere installs at once.
install_packages() {
  command -v dpkg-query >/dev/null || die "needs a Debian 12 or Ubuntu machine (dpkg not found); on others install what scripts/packages lists"
  local missing answer
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  say "these packages are missing: $(echo $missing)"
  if [ -t 0 ] && [ -t 2 ] && [ "${BHSIM_YES:-}" != 1 ]; then
    read -r -p "bhsim: install them with apt-get now? [Y/n] " answer
    case "$answer" in ""|y|Y|yes) ;; *) die "not installed; nothing was changed" ;; esac
  fi
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq >&2 || die "apt-get update failed; see the lines above"
  # shellcheck disable=SC2086
  as_root apt-get install -y -qq --no-install-recommends $missing >&2 || die "apt-get install failed; see the lines above"
}

# True when an engine answers where the environment or the usual socket says.
engine_answers() {
  local host=${DOCKER_HOST:-unix:///var/run/docker.sock}
  case "$host" in
    unix://*) curl -fsS --max-time 4 --unix-socket "${host#unix://}" http://localhost/_ping >/dev/null 2>&1 ;;
    *) return 0 ;;  # bhsim itself says what is wrong with a remote one
  esac
}

# start_engine: only if none answers. Prints "started" when it did, so that a caller may stop it again.
start_engine() {
  engine_answers && return 0
  [ -n "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ] && die "the engine at ${DOCKER_HOST:-context $DOCKER_CONTEXT} does not answer; start it, or unset the variable"
  if [ -d /run/systemd/system ]; then
    as_root systemctl start docker >&2 || die "systemctl start docker failed; see journalctl -u docker"
  else
    local log=/var/log/bhsim-dockerd.log
    # No userland proxy: it costs about 40 µs of CPU a request on published ports.
    as_root sh -c "nohup setsid dockerd --userland-proxy=false >$log 2>&1 </dev/null & echo \$! >/run/bhsim-dockerd.pid"
  fi
  local i
  for i in $(seq 1 120); do
    engine_answers && { say "started a Docker Engine (none answered); stop it with scripts/stop-engine"; echo started; return 0; }
    sleep 0.5
  done
  die "the Docker Engine did not answer within 60 s; its log: /var/log/bhsim-dockerd.log or journalctl -u docker"
}

# stop_engine: the one that start_engine started without systemd.
stop_engine() {
  local pid
  pid=$(cat /run/bhsim-dockerd.pid 2>/dev/null) || return 0
  as_root kill "$pid" 2>/dev/null
  local i
  for i in $(seq 1 60); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.5
  done
  as_root rm -f /run/bhsim-dockerd.pid
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    say "configuring (preset $preset)"
    cmake --preset "$preset" >build-configure.log 2>&1 || { cat build-configure.log >&2; rm -f build-configure.log; die "cmake failed"; }
    rm -f build-configure.log
  fi
  local targets=("$@")
  [ ${#targets[@]} -eq 0 ] && targets=(all)
  if ! ninja -C "build/$preset" -n "${targets[@]}" | grep -q 'no work to do'; then
    say "building (preset $preset); the first time takes some minutes"
    ninja -C "build/$preset" "${targets[@]}" >"build/$preset/build.log" 2>&1 || { tail -n 40 "build/$preset/build.log" >&2; die "the build failed; whole log: build/$preset/build.log"; }
  fi
}

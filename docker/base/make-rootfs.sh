#!/bin/sh
# Makes the root file system of the JRE image without a registry: a jlink run-time image and the few shared libraries that
# it needs. make-rootfs.sh OUTPUT_FOLDER JLINK [MODULE,…]
set -eu
out=$1
jlink=$2
modules=${3:-java.base,java.instrument,java.logging,java.management,java.net.http,jdk.httpserver,jdk.jfr,jdk.management,jdk.unsupported}

rm -rf "$out"
mkdir -p "$out/etc" "$out/tmp" "$out/classes" "$out/state" "$out/logs" "$out/config" "$out/agent" "$out/app"
"$jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress=2 --output "$out/jre"

# jlink makes no class-data archive, and without one the JVM starts a second later. The archive holds the time stamp of
# lib/modules, which the image's layer sets to 0. With addresses that are always the same it is the same byte for byte, so
# that two clones make one image; where a container forbids that, it is merely another.
touch -d @0 "$out/jre/lib/modules"
fixed=
if setarch -R true 2>/dev/null; then fixed="setarch -R"; fi
$fixed "$out/jre/bin/java" -Xshare:dump >/dev/null 2>"$out/dump.log" || { cat "$out/dump.log" >&2; exit 1; }
rm -f "$out/dump.log"
[ -s "$out/jre/lib/server/classes.jsa" ] || { echo "make-rootfs.sh: java -Xshare:dump wrote no archive" >&2; exit 1; }
chmod 644 "$out/jre/lib/server/classes.jsa"

# The libraries that the JVM and its modules are linked to, at the paths where the loader looks.
for file in "$out"/jre/bin/java "$out"/jre/lib/*.so "$out"/jre/lib/server/*.so; do
  LD_LIBRARY_PATH="$out/jre/lib:$out/jre/lib/server" ldd "$file" 2>/dev/null
done | sed -n -e 's/.* => \(\/.*\) (0x.*/\1/p' -e 's/^[[:space:]]*\(\/.*\) (0x.*/\1/p' | sort -u | while IFS= read -r library; do
  case "$library" in
    "" | "$out"/*) continue ;;
  esac
  mkdir -p "$out$(dirname "$library")"
  cp -L "$library" "$out$library"
done

printf 'root:x:0:0:root:/:/none\nbhsim:x:10001:10001:bhsim:/tmp:/none\n' >"$out/etc/passwd"
printf 'root:x:0:\nbhsim:x:10001:\n' >"$out/etc/group"
printf 'hosts: files dns\n' >"$out/etc/nsswitch.conf"
chmod 1777 "$out/tmp"

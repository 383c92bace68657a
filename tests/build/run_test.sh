#!/usr/bin/env bash
# Tests ./run without touching the machine: its tools are replaced by stand-ins that write down how they were called.
#   run_test.sh path/to/run
set -euo pipefail
run=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tools"
for tool in bash dirname basename sed grep env ls find; do ln -s "$(command -v $tool)" "$work/tools"; done

# tool NAME 'script': a stand-in that logs its call and then runs the script.
tool() {
  printf '#!/usr/bin/env bash\necho "%s $*" >> "%s/calls"\n%s\n' "$1" "$work" "$2" >"$work/tools/$1"
  chmod +x "$work/tools/$1"
}

# try ARGS...: runs ./run with the stand-ins alone; leaves $status, $output and $calls.
try() {
  : >"$work/calls"
  status=0
  output=$(PATH="$work/tools" "$run" "$@" 2>&1) || status=$?
  calls=$(grep -v "^dpkg-query" "$work/calls" || true)
}

expect() {
  [[ $2 == *"$3"* ]] || { printf '%s: expected "%s" in:\n%s\n' "$1" "$3" "$2"; exit 1; }
}

expect_not() {
  [[ $2 != *"$3"* ]] || { printf '%s: did not expect "%s" in:\n%s\n' "$1" "$3" "$2"; exit 1; }
}

expect_failure() { [ "$status" != 0 ] || { echo "$1: expected a failure, got: $output"; exit 1; }; }

tool nproc 'echo 2'
tool cmake ''
tool ctest ''
tool dpkg-query '[[ $* == *"libfmt-dev"* || $* == *"libgtest-dev"* ]] || echo -n installed'

try help
for command in mnist example test sim bench format lint; do expect help "$output" "./run $command"; done

try fly
expect_failure "unknown command"
expect "unknown command" "$output" "knows no 'fly'"

try example nothing
expect_failure "unknown example"
expect "unknown example" "$output" "There is no example 'nothing'"

try bench
expect_failure "no apt"
expect "no apt" "$output" "libfmt-dev"
expect_not "no apt" "$output" "libhwy-dev"
expect_not "no apt" "$calls" "cmake"

tool apt-get ''
tool id 'echo 1000'
try bench
expect_failure "no sudo"
expect "no sudo" "$output" "administrator run: apt-get install libfmt-dev"
expect_not "no sudo" "$calls" "apt-get"

tool sudo '"$@"'
try test
expect "sudo" "$calls" "sudo env DEBIAN_FRONTEND=noninteractive apt-get install"
expect "sudo" "$calls" "libfmt-dev libgtest-dev"
expect_not "sudo" "$calls" "libhwy-dev"

tool id 'echo 0'
try test -R tensor
[ "$status" = 0 ] || { echo "test as root failed: $output"; exit 1; }
expect_not "root" "$calls" "sudo"
expect "root" "$calls" "cmake --build --preset release"
expect "root" "$calls" "ctest --preset release -R tensor"

tool apt-get '[ "$1" != install ]'
try test
expect_failure "apt fails"
expect "apt fails" "$output" "Is the machine online"
expect "apt fails" "$output" "apt-get install libfmt-dev libgtest-dev"
expect_not "apt fails" "$calls" "cmake --build"

tool dpkg-query 'echo -n installed'
try sim -R tensor
expect "sim" "$output" "random order"
expect "sim" "$calls" "cmake --build --preset cuda-sim"
expect "sim" "$calls" "ctest --preset cuda-sim -L cuda -R tensor"

try test
expect_not "all installed" "$calls" "apt-get"

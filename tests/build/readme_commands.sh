#!/usr/bin/env bash
# What README.md and CONTRIBUTING.md tell the reader to type exists: ./run knows the subcommand, CMake the preset; and
# the files they name are there.
#   readme_commands.sh root
set -euo pipefail
cd "$1"
docs="README.md CONTRIBUTING.md"

stop() {
  echo "$1"
  exit 1
}

commands() { awk '/^```/ { shell = $0 == "```sh"; next } shell' $docs; }

commands | grep -q '^./run' || stop "README.md shows no ./run command"
commands | sed -n 's|^\./run \([a-z]*\).*|\1|p' | while read -r name; do
  ./run help | grep -q "^  ./run $name " || stop "./run knows no '$name'"
done
commands | sed -n 's/.*--preset \([a-z]*\).*/\1/p' | while read -r preset; do
  grep -q "\"name\": \"$preset\"" CMakePresets.json || stop "there is no preset '$preset'"
done
sed -n 's/.*](\([a-zA-Z0-9_./]*\)).*/\1/p' $docs | while read -r link; do
  [ -e "$link" ] || stop "a link leads nowhere: $link"
done

#!/bin/bash
# What gunzip and Python's gzip make of files of TestRead, a line for each: the name, gunzip's output and status (2 is a warning),
# Python's output or exception. Python refuses garbage that gunzip warns of; gunzip
# takes a member behind zeros for garbage and Python reads it.
#
#   bash format/gunzip/testdata/oracle.sh
set -u
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
cd "$w"
printf 'some text' | gzip >a
printf ' and more' | gzip >b
printf '' | gzip >e
head -c 5000 /dev/zero >z
head -c 1 /dev/zero >z1
printf 'garbage behind' >g
printf '\x1e' >g1
printf '\x1f' >c1
try() {
  local name=$1 out rc
  shift
  cat "$@" >file.gz
  out=$(gunzip -c file.gz 2>/dev/null)
  rc=$?
  printf '%-28s gunzip %-22s %d  python %s\n' "$name" "'$out'" "$rc" \
    "$(python3 -c 'import gzip; print(repr(gzip.open("file.gz").read().decode()))' 2>&1 | tail -1)"
}
try 'one member' a
try 'two members' a b
try 'empty members' e a e e
try 'one zero' a z1
try 'zeros' a z
try 'zeros between members' a z b z
try 'garbage' a g
try 'one byte of garbage' a g1
try 'second header cut at once' a c1
try 'garbage behind zeros' a z g
try 'garbage before a member' a g b

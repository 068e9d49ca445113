#!/bin/sh
# For tests that source it: a working folder, entered here and gone at the end; wrong TEXT says what is wrong, and then
# failed is 1, the status that they end with, also where it was said in a pipeline.
# shellcheck disable=SC2034
work=$(mktemp -d)

# shellcheck disable=SC2317 # the trap calls it
leave() {
    set -- "$?"
    [ ! -e "$work/.wrong" ] || set -- 1
    rm -rf "$work"
    exit "$1"
}
trap leave EXIT
cd "$work" || exit 1
failed=0

wrong() {
    echo "$(basename "$0" .sh): $*"
    failed=1
    : >"$work/.wrong"
}

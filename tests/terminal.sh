#!/bin/sh
# Control characters of a netlist never reach a terminal: titles, names, listings, diagnostics, what scripts print.
#
#   terminal.sh     environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# A title with C0, DEL, C1 in UTF-8 and as a byte, and one character of UTF-8 that is shown; nodes and cards with C1.
{
    printf 'a\033[31mb\033]0;c\007\v\f\177 \302\233 \233 \303\251\n'
    printf 'V1 n\302\2331m 0 1\nR1 n\302\2331m 0 1k\n.dc V1 0 1 1\n'
    printf '.print dc v(n\302\2331m) v(no\302\233)\n.plot dc v(n\302\2331m)\n.options \302\205x\n.op\n'
} >title.cir
{
    cat title.cir
    printf '.control\nop\necho \033[31m \302\233 \233\nprint all\ndisplay\nlisting\nprint v(\302\233)\n.endc\n.end\n'
} >script.cir
printf 'a\033[31mb\nV1 a\033[31m 0 1\nR1 \302\233 0 x\033\nX1 a b \302\233\n.include \302\233\033.inc\n.end\n' >wrong.cir

# visible FILE WHAT: nothing but text in it. Bytes from 200 to 237 (octal) are none in what is left of the decks.
visible() {
    [ -s "$1" ] || wrong "$2: nothing was printed"
    rest=$(tr -d '\n\t\014\040-\176\240-\377' <"$1" | od -c | head -3)
    [ "$rest" = 0000000 ] || wrong "$2: control characters: $rest"
}

for deck in title script wrong; do
    for options in "" --op --format=csv --format=json "-r x.raw" "-o log.txt" "--op --certificate --stats"; do
        # shellcheck disable=SC2086 # several words
        "$OPSPICE" $options $deck.cir >out 2>err
        cat err >>out
        visible out "$options $deck.cir"
    done
    visible log.txt "the log of $deck.cir"
done
"$OPSPICE" title.cir >out 2>/dev/null
grep -qF "$(printf 'Circuit: a?[31mb?]0;c???? ? ? \303\251')" out || wrong "the title: $(head -1 out | od -c)"
"$OPSPICE" --op -r x.raw title.cir >out 2>err
head -n 1 x.raw >lines
visible lines "the head of a rawfile"
"$OPSPICE" --op -s <title.cir 2>err | sed '/^Binary/,$d' | head -n 8 >lines
visible lines "the head of -s"

exit "$failed"

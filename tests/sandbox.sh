#!/bin/sh
# Netlists that nobody trusts: none runs a program or writes outside of the working directory, and with --sandbox none
# reads outside of its own folder or replaces a file.
#
#   sandbox.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
# shellcheck disable=SC2016 # backquotes and dollar signs are those of netlists
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"
mkdir "$work/outside" "$work/here" "$work/here/below" "$work/here/deck"
cd "$work/here" || exit 1

divider='v1 in 0 2
r1 in out 1k
r2 out 0 1k'

# refused STATUS TEXT OPTIONS: the netlist of standard input, as deck/deck.cir, ends so.
refused() {
    cat >deck/deck.cir
    # shellcheck disable=SC2086 # words
    "$OPSPICE" $3 deck/deck.cir >out 2>err </dev/null
    status=$?
    [ "$status" = "$1" ] || wrong "status $status and not $1: $(cat deck/deck.cir err)"
    grep -q -e "$2" err || wrong "no message \`$2': $(cat deck/deck.cir err)"
    grep -q -e classified err out && wrong "what is outside was shown: $(cat err out)"
}

# Deck with a script of these commands.
script() {
    printf 'A script\n%s\n.control\nop\n%s\n.endc\n.end\n' "$divider" "$1"
}

# ---- nothing is run --------------------------------------------------------------------------------------------------

for command in 'shell touch ../outside/ran' '!touch ../outside/ran' 'echo `touch ../outside/ran`' \
    'set x = `touch ../outside/ran`' 'let x = `touch ../outside/ran`' 'write `touch ../outside/ran`' \
    'source /bin/true' 'cd ../outside' 'aspice x' 'rspice x' 'alias x shell touch ../outside/ran
x'; do
    script "$command" | refused 1 'error: ' ""
done
for command in 'system touch ../outside/ran' 'codemodel x.cm' 'edit deck.cir' 'jobs' 'bug' 'gnuplot f v(out)' \
    'hardcopy f v(out)'; do
    script "$command" | refused 0 'warning: ' ""
done
# A picture is drawn by gnuplot: what it is given is data, or in quotes.
if command -v gnuplot >/dev/null; then
    for text in "' ; system 'touch ../outside/ran' ; '" '`touch ../outside/ran`' \
        "\\' ; system 'touch ../outside/ran' #" '"; system("touch ../outside/ran"); "' \
        '@x ; !touch ../outside/ran' '<svg onload="x"><script>touch</script>'; do
        printf '%s\n%s\n.dc v1 0 1 0.1\n.print dc v(out)\n.end\n' "$text" "$divider" >deck/deck.cir
        "$OPSPICE" --plot=p.svg deck/deck.cir >out 2>err || wrong "--plot of the title $text: $(cat err)"
        grep -q -e '<script>' -e '<svg onload' p.svg && wrong "the title became part of the picture: $text"
        rm -f p.svg
        node="a';system'touch\`touch$$\`"
        printf 'names\nv1 in 0 2\nr1 in %s 1k\nr2 %s 0 1k\n.dc v1 0 1 0.1\n.end\n' "$node" "$node" >deck/deck.cir
        "$OPSPICE" --plot=p.svg deck/deck.cir >out 2>err
        rm -f p.svg "p.svg'"
    done
fi
[ -z "$(ls ../outside)" ] || wrong "a program was run: $(ls ../outside)"
[ ! -e touch$$ ] || wrong "a program was run by the name of a node"

# ---- nothing is written elsewhere ------------------------------------------------------------------------------------

ln -s ../outside link
ln -s ../outside/f file-link
ln -s "$work/outside/g" below/dangling
mkfifo fifo
echo old >../outside/f
for file in ../outside/x "$work/outside/x" link/x below/../../outside/x file-link below/dangling \
    /dev/full /dev/tty ./../x \
    / . .. below/ - \
    .bashrc below/.profile .git/config ../here/.x fifo; do
    for command in "write $file" "wrdata $file v(out)" "print all > $file" "echo a >> $file" "set f = $file
write \$f" "set appendwrite
write $file"; do
        script "$command" | refused 1 'a script writes ' ""
    done
done
[ "$(ls -A ../outside)" = f ] || wrong "outside is now $(ls -A ../outside)"
[ "$(cat ../outside/f)" = old ] || wrong "outside/f was written"
[ "$(ls -A below)" = dangling ] || wrong "below is now $(ls -A below)"
script 'write deck/deck.cir' | refused 1 'belongs to the netlist' ""
script 'remcirc
echo gone > deck/deck.cir' | refused 1 'belongs to the netlist' ""

# What decks do everywhere goes on.
script 'write r.raw
write below/r.raw
wrdata ./below/r v(out)
print all > below/r.txt
echo more >> below/r.txt
write "'"$work/here"'/absolute.raw"' >deck/deck.cir
for options in "" --sandbox; do
    rm -f r.raw below/r* absolute.raw
    "$OPSPICE" $options deck/deck.cir >out 2>err || wrong "scripts cannot write any more: $(cat err)"
    [ -s r.raw ] && [ -s below/r.raw ] && [ -s below/r.data ] || [ -s below/r ] || wrong "no files: $(ls . below)"
    [ "$(tail -n 1 below/r.txt)" = more ] || wrong "no redirection"
    [ -s absolute.raw ] || wrong "no file by an absolute path inside"
done

# ---- the sandbox -----------------------------------------------------------------------------------------------------

echo '* classified
r9 out 0 classified' >../outside/secret.cir
echo '* classified
r8 out 0 classified' >secret.cir
ln -s ../../outside/secret.cir deck/link.cir
ln -s ../../outside deck/folder
printf '.include ../secret.cir\n' >deck/nested.cir
outside='outside of the netlist'
for path in ../secret.cir "$work/outside/secret.cir" link.cir folder/secret.cir ../../outside/secret.cir \
    /etc/passwd /dev/null ../none.cir \
    /none.cir nested.cir; do
    printf 'deck\n%s\n.include %s\n.end\n' "$divider" "$path" | refused 1 "$outside" --sandbox
    printf 'deck\n%s\n.inc "%s"\n.end\n' "$divider" "$path" | refused 1 "$outside" --sandbox
    printf 'deck\n%s\n.lib %s tt\n.end\n' "$divider" "$path" | sed 's/nested.cir tt/nested.cir/' |
        refused 1 "$outside" --sandbox
    [ "$path" = nested.cir ] && continue
    printf 'deck\nv1 a 0 1\nd1 a 0 m\n.model m d(table="%s")\n.end\n' "$path" | refused 1 "$outside" --sandbox
done
echo 'r3 out 0 1k' >deck/part.cir
mkdir deck/lib
echo 'r4 out 0 1k' >deck/lib/part.cir
printf 'deck\n%s\n.include part.cir\n.include lib/part.cir\n.include lib/../part2.cir\n.end\n' "$divider" >deck/deck.cir
echo 'r5 out 0 1k' >deck/part2.cir
"$OPSPICE" --sandbox -o listing -r deck.raw deck/deck.cir >out 2>err ||
    wrong "files of the netlist's folder: $(cat err)"
(cd deck && "$OPSPICE" --sandbox deck.cir >../out 2>../err) ||
    wrong "files of the netlist's folder, from there: $(cat err)"
(cd deck && "$OPSPICE" --sandbox <deck.cir >../out 2>../err) || wrong "files of the working directory: $(cat err)"
printf 'deck\n%s\n.include secret.cir\n.end\n' "$divider" | refused 1 "cannot read" --sandbox

for path in ../secret.cir "$work/outside/secret.cir" deck/link.cir deck/folder/secret.cir /etc/passwd secret.cir; do
    for command in load source 'remcirc
load' 'remcirc
source'; do
        script "$command $path" | refused 1 "netlist's folder only" --sandbox
    done
done
for path in ../outside/secret.cir "$work/outside/secret.cir" /etc/passwd; do
    rm -f made.cir
    script "echo made > made.cir
echo .include $path >> made.cir
source made.cir" | refused 1 "$outside" --sandbox
    rm -f made.cir
    script "echo made > made.cir
echo r1 a 0 1 >> made.cir
echo .control >> made.cir
echo source $path >> made.cir
echo .endc >> made.cir
source made.cir" | refused 1 "netlist's folder only" --sandbox
done
rm -f made.cir
printf 'sourced\nv1 a 0 2\nr1 a 0 1\n' >deck/sourced.cir
printf 'driver\n.control\nsource deck/sourced.cir\nop\nprint a\n.endc\n' >deck/deck.cir
"$OPSPICE" --sandbox deck/deck.cir >out 2>err || wrong "what is beside the netlist cannot be sourced: $(cat err)"
grep -q '^a = 2' out || wrong "what is beside the netlist was not sourced: $(cat out)"
script 'write made.raw
load made.raw' >deck/deck.cir
"$OPSPICE" --sandbox deck/deck.cir >out 2>err || wrong "what a script has made cannot be loaded: $(cat err)"
script 'load secret.cir' | refused 0 'cannot be loaded' ""

echo old >there.raw
script 'write there.raw' | refused 1 'replaces no file' --sandbox
script 'echo a >> there.raw' | refused 1 'replaces no file' --sandbox
[ "$(cat there.raw)" = old ] || wrong "there.raw was replaced"
script 'write there.raw' >deck/deck.cir
"$OPSPICE" deck/deck.cir >out 2>err || wrong "without a sandbox: $(cat err)"
[ "$(head -c 3 there.raw)" != old ] || wrong "there.raw was not replaced without a sandbox"
exit "$failed"

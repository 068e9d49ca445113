# errors.dat: error, share of decks with at most this error
set terminal svg size 720,420 font "sans,12" background "white"
set output "errors.svg"
set title "Difference to ngspice, relative to the largest value of the deck"
set logscale x
set format x "10^{%L}"
set xrange [1e-17:1]
set yrange [0:1.02]
set xlabel "worst error of a deck"
set ylabel "share of decks with at most this error"
set grid
unset key
plot "errors.dat" using 1:2 with steps linewidth 2

# time.dat: elements, seconds of opspice, seconds of the peer (NaN where it gave no answer)
set terminal svg size 720,420 font "sans,12" background "white"
set output "time.svg"
set title "Time of the whole process against the size of the deck"
set logscale xy
set format "10^{%L}"
set xlabel "elements"
set ylabel "seconds"
set key left top
set grid
plot "time.dat" using 1:2 title "opspice" with points pointtype 7, \
     "time.dat" using 1:3 title peer with points pointtype 6

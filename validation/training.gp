# Test error after each epoch, from the tables that validation/train leaves: gnuplot -e "folder='...'"
# training.gp > training.svg
set terminal svg size 900,420 background 'white' font 'sans,12'
set datafile separator ','
set xlabel 'epoch'
set ylabel 'test error (%)'
set logscale y
set yrange [1.2:20]
set ytics (1.5, 2, 3, 4, 6, 8, 10, 15)
set xrange [0:51]
set grid
set key outside right
there(name) = system(sprintf('test -f %s/%s.csv && echo 1 || echo 0', folder, name)) + 0
names = 'drn-xs-1 drn-1h drn-2h drn-3h drn-xl drn-1h-fashion'
titles = '"drn-xs" "drn-1h" "drn-2h" "drn-3h" "drn-xl" "drn-1h, Fashion-MNIST"'
plot for [n = 1:words(names)] there(word(names, n)) ? sprintf('%s/%s.csv', folder, word(names, n)) : '/dev/null' \
    using 1:3 with linespoints linewidth 1.5 pointtype 7 pointsize 0.3 title word(titles, n)

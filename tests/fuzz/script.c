/* Scripts: the input is the .control block of a netlist with something of everything. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static const char netlist[] =
    "Script\n.param p=1k q=2\nv1 a 0 5\nr1 a b {p}\nr2 b 0 2k\nd1 b c dm\nr3 c 0 {p*q}\ni1 0 c 1m\nx1 a d s\n"
    "r4 d 0 1k\n.subckt s p n r=1k\nr1 p m {r}\nr2 m n {r}\n.ends\n.model dm d(ron=10 vfwd=0.6)\n"
    ".op\n.dc v1 0 2 1\n.meas dc most max v(b)\n.control\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    fuzz_require(file);
    fputs(netlist, file);
    fwrite(data, 1, size, file);
    fputs("\n.endc\n.end\n", file);
    fclose(file);

    int status;
    opspice *deck = fuzz_load(text, length, &status);
    if (status == OPSPICE_OK && fuzz_run(deck) == OPSPICE_OK)
        fuzz_write_all(deck);
    fuzz_close(deck);
    free(text);
    return 0;
}

/* Netlists: read, run, written in every format, and solved again by the other solver. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int status;
    opspice *deck = fuzz_load((const char *)data, size, &status);
    if (status == OPSPICE_OK && fuzz_run(deck) == OPSPICE_OK) {
        fuzz_write_all(deck);
        fuzz_require(opspice_set(deck, "solver", "cd") == OPSPICE_OK);
        fuzz_run(deck);
    } else {
        opspice_write(deck, OPSPICE_JSON, "out"); /* why there is no answer */
    }
    fuzz_close(deck);
    return 0;
}

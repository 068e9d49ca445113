/* Expressions: the first byte says where one stands; what it is worth does not change when it is put in parentheses. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char circuit[] = "Expression\n.param p=1k q=2\n.func f(x,y)={x*y+p}\nv1 a 0 5\nr1 a b {p}\nr2 b 0 2k\n";

/* How the cards go on around it; `after` closes them. Each puts the worth at node y or into what is printed. */
static const struct {
    const char *before, *after;
} places[] = {
    {".param x={", "}\nv2 y 0 {x}\nr3 y 0 1\n"},
    {"v2 y 0 {", "}\nr3 y 0 1\n"},
    {"v2 y 0 '", "'\nr3 y 0 1\n"},
    {".func g(x)={", "}\nv2 y 0 {g(2)}\nr3 y 0 1\n"},
    {".if (", ")\nv2 y 0 1\n.else\nv2 y 0 2\n.endif\nr3 y 0 1\n"},
    {"r3 y 0 1\nr4 a y 1\nb2 y 0 i={", "}\n"},
    {"r3 y 0 1\nr4 a y r='", "'\n"},
    {".print op v(a) x=par('", "')\n"},
    {".dc v1 0 2 1\n.print dc ", "\n"},
    {".dc v1 0 2 1\n.meas dc m param='", "'\n"},
    {".control\nop\nlet x = ", "\nprint x\n.endc\n"},
    {".control\ndc v1 0 2 1\nprint ", "\n.endc\n"},
    {".control\nop\nif ", "\necho yes\nelse\necho no\nend\n.endc\n"},
};

enum { PURE = 3 }; /* places at the beginning where nothing but an expression can stand */

struct outcome {
    int status;
    double worth; /* volts of y, at pure places */
};

static struct outcome run(size_t place, const char *open, const uint8_t *data, size_t size, const char *close)
{
    char *text;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    fuzz_require(file);
    fprintf(file, "%s%s%s", circuit, places[place].before, open);
    for (size_t i = 0; i < size; i++)
        fputc(data[i] == '\n' || data[i] == '\r' ? ' ' : data[i], file);
    fprintf(file, "%s%s", close, places[place].after);
    fclose(file);

    struct outcome outcome = {.worth = 0};
    opspice *deck = fuzz_load(text, length, &outcome.status);
    if (outcome.status == OPSPICE_OK)
        outcome.status = fuzz_run(deck);
    if (outcome.status == OPSPICE_OK && place < PURE)
        fuzz_require(opspice_voltage(deck, "y", &outcome.worth) == OPSPICE_OK);
    fuzz_close(deck);
    free(text);
    return outcome;
}

/* May the bytes end the place where the expression stands, or begin a comment? */
static bool may_leave(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\0' || strchr("{}'\";$#*/", data[i]))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t place = fuzz_take(&data, &size) % (sizeof places / sizeof *places);
    struct outcome plain = run(place, "", data, size, "");
    if (place >= PURE || plain.status != OPSPICE_OK || may_leave(data, size))
        return 0;
    struct outcome enclosed = run(place, "(", data, size, ")");
    fuzz_require(enclosed.status == OPSPICE_OK);
    fuzz_require(enclosed.worth == plain.worth);
    return 0;
}

#include "decks.h"

#include "assertions.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *deck_diagnostics(const opspice *deck)
{
    char *all = NULL, *text;
    size_t size;
    FILE *file = open_memstream(&all, &size);
    for (size_t n = 0; (text = opspice_diagnostic_text(deck, n)); n++) {
        fputs(text, file);
        free(text);
    }
    fclose(file);
    return all;
}

static void require_status(const opspice *deck, const char *call, int status, int expected)
{
    if (status != expected)
        ck_abort_msg("%s: status %d, expected %d\n%s", call, status, expected, deck_diagnostics(deck));
}

opspice *deck_load(const char *text, int status)
{
    opspice *deck = opspice_new();
    ck_assert_ptr_nonnull(deck);
    require_status(deck, "load", opspice_load_memory(deck, "deck.cir", text, strlen(text)), status);
    return deck;
}

opspice *deck_solved(const char *text)
{
    opspice *deck = deck_load(text, OPSPICE_OK);
    require_status(deck, "solve", opspice_solve(deck), OPSPICE_OK);
    return deck;
}

int deck_message(const opspice *deck, enum opspice_severity severity, const char *text)
{
    const opspice_diagnostic *diagnostic;
    for (size_t n = 0; (diagnostic = opspice_get_diagnostic(deck, n)); n++)
        if (diagnostic->severity == severity && strstr(diagnostic->message, text))
            return (int)n;
    return -1;
}

double deck_voltage(const opspice *deck, const char *node)
{
    double volts = NAN;
    ck_assert_msg(opspice_voltage(deck, node, &volts) == OPSPICE_OK, "there is no node %s", node);
    return volts;
}

double deck_current(const opspice *deck, const char *element)
{
    double amperes = NAN;
    ck_assert_msg(opspice_current(deck, element, &amperes) == OPSPICE_OK, "there is no element %s", element);
    return amperes;
}

void deck_check_no_answer(opspice *deck)
{
    double value = 7;
    ck_assert_ptr_null(opspice_node_voltages(deck));
    ck_assert_ptr_null(opspice_branch_currents(deck));
    ck_assert_ptr_null(opspice_get_certificate(deck));
    ck_assert_int_eq(opspice_voltage(deck, "in", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_voltage(deck, "0", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_current(deck, "v1", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_write(deck, OPSPICE_CSV, "/nowhere/at/all"), OPSPICE_USAGE);
    ck_assert(value == 7);
}

int deck_print(void *file, const char *text, size_t size)
{
    return fwrite(text, 1, size, file) == size ? 0 : -1;
}

bool deck_lacks_precision(const opspice *deck)
{
    volatile long double one = 1, next = one + LDBL_EPSILON;
    return next == one && deck_message(deck, OPSPICE_ERROR, "not converged") >= 0;
}

bool near(double value, double expected, double scale)
{
    return fabs(value - expected) <= 5e-9 * fabs(expected) + 1e-12 * scale;
}

/* Logic of transistors: many gates behind each other are solved in a few steps of Newton's method. */
#include "decks.h"
#include "networks.h"
#include "suites.h"
#include <stdarg.h>
#include <stdio.h>

/* LOGICS are drawn for each gmin, S. few: factorisations; where steps are not kept between the supplies there are some
 * 500, of gmin stepping. */
static const struct {
    double gmin;
    unsigned few;
} conditions[] = {{1e-12, 80}, {0, 150}};
enum { CONDITIONS = sizeof conditions / sizeof *conditions, LOGICS = 6, GATES = 120, INPUTS = 4, TEXT = 200000 };

__attribute__((format(printf, 2, 3)))
static void print(char **at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *at += vsprintf(*at, format, arguments);
    va_end(arguments);
}

/* NANDs of four, each of inputs (0 and 1 are sources) and of outputs before it; high [GATES + 2] out: their logic. */
static void random_logic(char *text, bool *high, double gmin, uint64_t seed)
{
    print(&text, "random gates\n.options gmin=%g\n", gmin);
    print(&text, "vdd vdd 0 5\nv0 g0 0 0\nv1 g1 0 5\n"
                 ".model n nmos(level=2 vto=0.8 kp=35u gamma=1 phi=0.6 rsh=25 tox=50n nsub=1e16 nfs=1e11 xj=40n ld=0.1u"
                 " uo=400 vmax=3e4 delta=1.3)\n"
                 ".model p pmos(level=2 vto=-1 kp=12u gamma=0.6 phi=0.6 rsh=95 tox=50n nsub=8e14 nfs=5e9 xj=0.15u"
                 " ld=0.25u uo=150 vmax=1e5 delta=1.1)\n");
    high[0] = false;
    high[1] = true;
    for (int g = 2; g < GATES + 2; g++) {
        high[g] = false;
        for (int k = 0; k < INPUTS; k++) {
            int from = (int)(random_share(&seed) * g);
            high[g] |= !high[from];
            print(&text, "mn%d_%d s%d_%d g%d s%d_%d 0 n l=2u w=6u\n", g, k, g, k, from, g, k + 1);
            print(&text, "mp%d_%d g%d g%d vdd vdd p l=2u w=6u\n", g, k, g, from);
        }
        print(&text, "vt%d g%d s%d_0 0\nvb%d s%d_%d 0 0\n", g, g, g, g, g, INPUTS);
    }
    print(&text, ".op\n.end\n");
}

START_TEST(gates_take_few_steps)
{
    static char text[TEXT];
    bool high[GATES + 2];
    random_logic(text, high, conditions[_i / LOGICS].gmin, (uint64_t)_i + 1);
    opspice *deck = deck_solved(text);
    ck_assert_uint_le(opspice_get_stats(deck)->factorisations, conditions[_i / LOGICS].few);
    for (int g = 2; g < GATES + 2; g++) {
        char node[20];
        sprintf(node, "g%d", g);
        ck_assert(high[g] ? deck_voltage(deck, node) > 4.9 : deck_voltage(deck, node) < 0.1);
    }
    opspice_free(deck);
}
END_TEST

/* Potentials beyond the supply: of sources on top of it, of a current that is driven, of gain. */
START_TEST(what_is_beyond_the_supply_is_found)
{
    enum { FEW = 40 };
    static const struct {
        const char *cards, *node;
        double volts;
    } row[] = {
        {"vb b g 3\nrb b c 1k\nrc c g 1k", "b", 8},
        {"vb b g 3\nrb b c 1k\nrc c g 1k", "c", 6.5},
        {"vb g b 9\nrb b 0 1meg\nvd d b 1", "b", -4},
        {"ib 0 b 1m\nrb b 0 9k", "b", 9},
        {"eb b 0 g 0 4\nrb b 0 1k", "b", 20},
        {"rn b 0 -2k\nrb b g 1k", "b", 10},
    };
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        char text[500];
        sprintf(text, "beyond\nvdd vdd 0 5\nrg g vdd 1u\nm1 o g 0 0 n\nro o vdd 10k\n.model n nmos(vto=1 kp=1m)\n%s\n"
                      ".op\n.end\n", row[r].cards);
        opspice *deck = deck_solved(text);
        ck_assert_double_eq_tol(deck_voltage(deck, row[r].node), row[r].volts, 1e-6);
        ck_assert_uint_le(opspice_get_stats(deck)->factorisations, FEW);
        opspice_free(deck);
    }
}
END_TEST

Suite *suite_logic(void)
{
    Suite *suite = suite_create("logic");
    TCase *tcase = tcase_create("transistors");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, gates_take_few_steps, 0, LOGICS * CONDITIONS);
    tcase_add_test(tcase, what_is_beyond_the_supply_is_found);
    suite_add_tcase(suite, tcase);
    return suite;
}

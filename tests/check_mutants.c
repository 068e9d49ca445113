/* The proof refuses wrong answers: mutants of right ones, of random circuits of every law and with couplings. */
#include "coupled_mutants.h"
#include "mutants.h"
#include "suites.h"
#include <stdio.h>
#include <stdlib.h>

enum { MUTATED = 205 }; /* answers of each recipe: more than 2,000 in all */

static long number_from(const char *variable, long otherwise)
{
    const char *text = getenv(variable);
    return text ? atol(text) : otherwise;
}

static void show_tally(const char *recipe, const struct tally *tally)
{
    printf("%s: %d answers, %d proved, %d of them quickly, %d without an answer; wrong ones proved:", recipe,
           tally->right, tally->right_accepted, tally->right_quick, tally->unsolved);
    for (int m = 0; m < MUTATIONS; m++)
        printf(" %s %d and quickly %d of %d,", mutation_names[m], tally->accepted[m], tally->accepted_quick[m],
               tally->wrong[m]);
    printf(" %d currents within floors and tolerance left out\n", tally->excepted);
    fflush(stdout);
}

/* Right answers are proved; of wrong ones none is, by the certificate or its quick form; no more than one in a thousand
 * is so little wrong that floors and tolerance hide it. OPSPICE_CIRCUITS=n tries n of each recipe, OPSPICE_SEED=n
 * others. */
START_TEST(mutants_are_refused)
{
    struct tally tally = {0};
    long circuits = number_from("OPSPICE_CIRCUITS", MUTATED), seed = number_from("OPSPICE_SEED", 0);
    long first = number_from("OPSPICE_FIRST", 0);
    for (long circuit = first; circuit < first + circuits; circuit++)
        mutants_judge(_i, (uint64_t)(seed * 1000003 + _i * 100003 + circuit), &tally);
    int accepted = 0, wrong = 0;
    for (int m = 0; m < MUTATIONS; m++) {
        accepted += tally.accepted[m] + tally.accepted_quick[m];
        wrong += tally.wrong[m];
    }
    if (getenv("OPSPICE_CIRCUITS"))
        show_tally(mutant_recipes[_i], &tally);
    ck_assert_int_eq(accepted, 0);
    ck_assert_int_eq(tally.right_accepted, tally.right);
    ck_assert_int_eq(tally.undetermined, 0);
    ck_assert_int_le(1000 * tally.excepted, wrong + tally.excepted);
}
END_TEST

/* The same of circuits with couplings; a current may hide beside one a thousand times as large at both of its nodes. */
START_TEST(coupled_mutants_are_refused)
{
    struct coupled_tally tally = {0};
    long circuits = number_from("OPSPICE_CIRCUITS", MUTATED), seed = number_from("OPSPICE_SEED", 0);
    for (long circuit = 0; circuit < circuits; circuit++)
        coupled_mutants_judge(_i, (uint64_t)(seed * 1000003 + _i * 100003 + circuit), &tally);
    int accepted = 0, wrong = 0;
    for (int m = 0; m < COUPLED_MUTATIONS; m++) {
        accepted += tally.accepted[m];
        wrong += tally.wrong[m];
    }
    if (getenv("OPSPICE_CIRCUITS")) {
        printf("%s: %d answers, %d without an answer; wrong ones:", coupled_recipes[_i], tally.right, tally.unsolved);
        for (int m = 0; m < COUPLED_MUTATIONS; m++)
            printf(" %s %d,", coupled_mutation_names[m], tally.wrong[m]);
        printf(" %d left out\n", tally.excepted);
    }
    ck_assert_int_eq(accepted, 0);
    ck_assert_int_eq(tally.right_accepted, tally.right);
    ck_assert_int_ge(2 * tally.right, circuits);
    ck_assert_int_le(20 * tally.excepted, wrong + tally.excepted);
}
END_TEST

Suite *suite_mutants(void)
{
    Suite *suite = suite_create("mutants");
    TCase *mutants = tcase_create("mutants");
    tcase_add_loop_test(mutants, mutants_are_refused, 0, MUTANT_RECIPES);
    tcase_add_loop_test(mutants, coupled_mutants_are_refused, 0, COUPLED_RECIPES);
    suite_add_tcase(suite, mutants);
    return suite;
}

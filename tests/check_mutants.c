/* The proof refuses wrong answers: mutants of right ones, of random circuits of every law and with couplings. */
#include "coupled_mutants.h"
#include "gmins.h"
#include "mutants.h"
#include "suites.h"
#include <stdio.h>
#include <stdlib.h>

enum { MUTATED = 205 }; /* circuits of each recipe at each gmin: more than 4,000 in all */

/* Of a hundred circuits of a recipe: how many may have no answer to mutate, since ideal diodes are forced forward, a
 * switch does not come to rest or Newton's method of the test fails; and of a hundred answers, how many the quick form
 * proves at least. Bounds for 100 circuits and more. Of 2,000 circuits of each recipe 1.1 of a hundred at most had no
 * answer; with couplings 13 of a hundred of nonlinear sources and 26 of a hundred of switches. */
static const struct {
    int unsolved, quick;
} bound[MUTANT_RECIPES] = {{0, 97}, {0, 97}, {1, 90}, {4, 60}, {4, 40}, {0, 72}, {0, 85}, {0, 60}, {1, 28}, {0, 97}};

/* With couplings, at each gmin, which without a junction changes none of them: but those at 0 S are others. Of 1,000 of
 * these 13.3 of a hundred of nonlinear sources had no answer and 24.3 of switches; of the 205 of each that are tried
 * here 19 and 25. */
static const int coupled_unsolved[GMINS][COUPLED_RECIPES] = {{0, 0, 0, 18, 32}, {0, 0, 0, 20, 32}};
enum { ENOUGH = 100, MANY = 1000, WRONG = 20 }; /* circuits; wrong answers that are made of a right one, at least */

static long number_from(const char *variable, long otherwise)
{
    const char *text = getenv(variable);
    return text ? atol(text) : otherwise;
}

static void show_tally(const char *recipe, double gmin, const struct tally *tally)
{
    printf("%s, gmin %g: %d answers, %d proved, %d of them quickly, %d without an answer; wrong ones proved:", recipe,
           gmin, tally->right, tally->right_accepted, tally->right_quick, tally->unsolved);
    for (int m = 0; m < MUTATIONS; m++)
        printf(" %s %d and quickly %d of %d,", mutation_names[m], tally->accepted[m], tally->accepted_quick[m],
               tally->wrong[m]);
    printf(" %d currents within floors and tolerance left out\n", tally->excepted);
    fflush(stdout);
}

/* Right answers are proved; of wrong ones none is, by the certificate or its quick form; no more than one in a thousand
 * (of few, in five hundred) is so little wrong that floors and tolerance hide it. OPSPICE_CIRCUITS=n tries n of each
 * recipe, OPSPICE_SEED=n others. */
START_TEST(mutants_are_refused)
{
    struct tally tally = {0};
    long circuits = number_from("OPSPICE_CIRCUITS", MUTATED), seed = number_from("OPSPICE_SEED", 0);
    long first = number_from("OPSPICE_FIRST", 0);
    int recipe = _i % MUTANT_RECIPES;
    double gmin = gmins[_i / MUTANT_RECIPES];
    for (long circuit = first; circuit < first + circuits; circuit++)
        mutants_judge(recipe, gmin, (uint64_t)(seed * 1000003 + _i * 100003 + circuit), &tally);
    int accepted = 0, wrong = 0;
    for (int m = 0; m < MUTATIONS; m++) {
        accepted += tally.accepted[m] + tally.accepted_quick[m];
        wrong += tally.wrong[m];
    }
    if (getenv("OPSPICE_CIRCUITS"))
        show_tally(mutant_recipes[recipe], gmin, &tally);
    ck_assert_int_eq(accepted, 0);
    ck_assert_int_eq(tally.right_accepted, tally.right);
    ck_assert_int_eq(tally.undetermined, 0);
    ck_assert_int_eq(tally.right + tally.unsolved, circuits);
    ck_assert_int_ge(wrong, WRONG * tally.right);
    if (circuits >= ENOUGH) {
        ck_assert_int_le(100 * tally.unsolved, bound[recipe].unsolved * circuits);
        ck_assert_int_ge(100 * tally.right_quick, bound[recipe].quick * tally.right);
    }
    ck_assert_int_le((circuits >= MANY ? 1000 : 500) * tally.excepted, wrong + tally.excepted);
}
END_TEST

/* The same of circuits with couplings; a current may hide beside one a thousand times as large at both of its nodes. */
START_TEST(coupled_mutants_are_refused)
{
    struct coupled_tally tally = {0};
    long circuits = number_from("OPSPICE_CIRCUITS", MUTATED), seed = number_from("OPSPICE_SEED", 0);
    int recipe = _i % COUPLED_RECIPES;
    double gmin = gmins[_i / COUPLED_RECIPES];
    for (long circuit = 0; circuit < circuits; circuit++)
        coupled_mutants_judge(recipe, gmin, (uint64_t)(seed * 1000003 + _i * 100003 + circuit), &tally);
    int accepted = 0, wrong = 0;
    for (int m = 0; m < COUPLED_MUTATIONS; m++) {
        accepted += tally.accepted[m];
        wrong += tally.wrong[m];
    }
    if (getenv("OPSPICE_CIRCUITS")) {
        printf("%s, gmin %g: %d answers, %d proved, %d without an answer; wrong ones proved:", coupled_recipes[recipe],
               gmin, tally.right, tally.right_accepted, tally.unsolved);
        for (int m = 0; m < COUPLED_MUTATIONS; m++)
            printf(" %s %d of %d,", coupled_mutation_names[m], tally.accepted[m], tally.wrong[m]);
        printf(" %d left out\n", tally.excepted);
    }
    ck_assert_int_eq(accepted, 0);
    ck_assert_int_eq(tally.right_accepted, tally.right);
    ck_assert_int_eq(tally.right + tally.unsolved, circuits);
    ck_assert_int_ge(wrong, WRONG * tally.right);
    if (circuits >= ENOUGH)
        ck_assert_int_le(100 * tally.unsolved, coupled_unsolved[_i / COUPLED_RECIPES][recipe] * circuits);
    ck_assert_int_le(20 * tally.excepted, wrong + tally.excepted);
}
END_TEST

Suite *suite_mutants(void)
{
    Suite *suite = suite_create("mutants");
    TCase *mutants = tcase_create("mutants");
    tcase_add_loop_test(mutants, mutants_are_refused, 0, MUTANT_RECIPES * GMINS);
    tcase_add_loop_test(mutants, coupled_mutants_are_refused, 0, COUPLED_RECIPES * GMINS);
    suite_add_tcase(suite, mutants);
    return suite;
}

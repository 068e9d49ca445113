/* Golden decks: every .cir of tests/valid, tests/invalid and netlists says in comments what is expected of it.
 *
 *     * expect v(b) = 6.66666667 V            and i(v1) = ...: a voltage, a current; the unit is for the reader
 *     * expect prints b = 3.333333e+00        a line of the listing or of what a script prints, blanks as one
 *     * expect status 1                       of loading and running; 0 when not said
 *     * expect error 7:12 TEXT                a diagnostic at line:column, or file:line:column, whose message contains
 *     * expect warning TEXT                   TEXT; without a place, anywhere
 *     * expect note 3:1 TEXT
 *     * expect solvers auto newton            only these are asked: another takes long
 *
 * In tests/ every error and warning must be expected; notes need not be. */
#include "decks.h"
#include "suites.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- expectations ----------------------------------------------------------------------------------------------- */

enum { LINE = 400, MESSAGES = 64 };

struct expected_message {
    enum opspice_severity severity;
    char place[LINE]; /* "": anywhere */
    char text[LINE];
    bool met;
};

struct golden {
    const char *path;
    opspice *deck;
    /* blanks between words as one, none at the ends of lines; "" where there is no answer */
    char *listing;
    int status;                  /* expected */
    size_t count, numbers_found; /* expectations in all; those that are numbers */
    struct expected_message message[MESSAGES];
    size_t messages;
};

static bool is_place(const char *word)
{
    const char *colon = strrchr(word, ':');
    return colon && colon > word && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

/* error|warning|note [PLACE] TEXT */
static void expect_message(struct golden *golden, enum opspice_severity severity, const char *rest)
{
    ck_assert_uint_lt(golden->messages, MESSAGES);
    struct expected_message *message = &golden->message[golden->messages++];
    message->severity = severity;
    int used = 0;
    if (sscanf(rest, "%399s %n", message->place, &used) == 1 && is_place(message->place))
        rest += used;
    else
        message->place[0] = '\0';
    snprintf(message->text, LINE, "%s", rest);
}

static double largest(const double *value, size_t count)
{
    double most = 0;
    for (size_t n = 0; value && n < count; n++)
        most = fmax(most, fabs(value[n]));
    return most;
}

/* v(NODE) = NUMBER, i(ELEMENT) = NUMBER: checked at once. */
static void check_number(struct golden *golden, const char *rest)
{
    const opspice *deck = golden->deck;
    char quantity, name[LINE];
    double expected, value;
    ck_assert_msg(sscanf(rest, "%c(%399[^)]) = %lf", &quantity, name, &expected) == 3 && strchr("vi", quantity),
                  "%s: not understood: %s", golden->path, rest);
    golden->numbers_found++;
    double scale = quantity == 'v' ? largest(opspice_node_voltages(deck), opspice_node_count(deck))
                                   : largest(opspice_branch_currents(deck), opspice_branch_count(deck));
    value = quantity == 'v' ? deck_voltage(deck, name) : deck_current(deck, name);
    ck_assert_msg(near(value, expected, scale), "%s: expected %s, not %.12g", golden->path, rest, value);
}

/* A line of the listing. */
static void check_printed(struct golden *golden, const char *line)
{
    size_t length = strlen(line);
    golden->numbers_found++;
    for (const char *at = golden->listing; (at = strstr(at, line)); at++)
        if ((at == golden->listing || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0'))
            return;
    ck_abort_msg("%s: not printed: %s; but\n%s", golden->path, line, golden->listing);
}

static const char solvers_word[] = "solvers ";

static void expect(struct golden *golden, const char *rest, bool numbers)
{
    static const struct {
        const char *word;
        enum opspice_severity severity;
    } kinds[] = {{"error ", OPSPICE_ERROR}, {"warning ", OPSPICE_WARNING}, {"note ", OPSPICE_NOTE}};
    if (strncmp(rest, solvers_word, strlen(solvers_word)) == 0)
        return;
    golden->count++;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strncmp(rest, kinds[k].word, strlen(kinds[k].word)) == 0) {
            if (!numbers)
                expect_message(golden, kinds[k].severity, rest + strlen(kinds[k].word));
            return;
        }
    if (strncmp(rest, "status ", 7) == 0)
        golden->status = atoi(rest + 7);
    else if (numbers && strncmp(rest, "prints ", 7) == 0)
        check_printed(golden, rest + 7);
    else if (numbers)
        check_number(golden, rest);
}

/* Read the expectations: first all but the numbers, which need the answer, then the numbers. */
static void each_expectation(struct golden *golden, bool numbers)
{
    char line[LINE];
    FILE *file = fopen(golden->path, "r");
    ck_assert_msg(file != NULL, "%s cannot be read", golden->path);
    golden->count = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, "* expect ", 9) == 0)
            expect(golden, line + 9, numbers);
    }
    fclose(file);
    ck_assert_msg(golden->count > 0, "%s expects nothing", golden->path);
}

/* ---- what came --------------------------------------------------------------------------------------------------- */

static bool is_at(const opspice_diagnostic *diagnostic, const char *place)
{
    char with_file[2 * LINE], without_file[LINE];
    const char *file = diagnostic->file ? diagnostic->file : "";
    const char *slash = strrchr(file, '/');
    snprintf(with_file, sizeof with_file, "%s:%zu:%zu", slash ? slash + 1 : file, diagnostic->line, diagnostic->column);
    snprintf(without_file, sizeof without_file, "%zu:%zu", diagnostic->line, diagnostic->column);
    return !*place || strcmp(place, with_file) == 0 || strcmp(place, without_file) == 0;
}

static bool is_expected(struct golden *golden, const opspice_diagnostic *diagnostic)
{
    for (size_t m = 0; m < golden->messages; m++) {
        struct expected_message *message = &golden->message[m];
        if (!message->met && message->severity == diagnostic->severity && is_at(diagnostic, message->place) &&
            strstr(diagnostic->message, message->text)) {
            message->met = true;
            return true;
        }
    }
    return diagnostic->severity == OPSPICE_NOTE;
}

static void check_messages(struct golden *golden, bool all)
{
    const opspice_diagnostic *diagnostic;
    for (size_t n = 0; (diagnostic = opspice_get_diagnostic(golden->deck, n)); n++)
        if (!is_expected(golden, diagnostic) && all)
            ck_abort_msg("%s: not expected: %s", golden->path, opspice_diagnostic_text(golden->deck, n));
    for (size_t m = 0; m < golden->messages; m++)
        ck_assert_msg(golden->message[m].met, "%s: missing: %s %s\n%s", golden->path, golden->message[m].place,
                      golden->message[m].text, deck_diagnostics(golden->deck));
}

/* Many blanks become one, those before a line's end none. */
static void squeeze(char *text)
{
    char *end = text;
    for (const char *from = text; *from; from++) {
        bool is_blank = *from == ' ' || *from == '\t';
        if (*from == '\n' && end > text && end[-1] == ' ')
            end--;
        if (!is_blank)
            *end++ = *from;
        else if (end > text && end[-1] != ' ' && end[-1] != '\n')
            *end++ = ' ';
    }
    *end = '\0';
}

/* What the program would print. */
static char *listing_of(opspice *deck)
{
    char path[] = "opspice-golden-XXXXXX", *text = NULL;
    size_t size = 0;
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_int_eq(opspice_write(deck, OPSPICE_LISTING, path), OPSPICE_OK);
    FILE *file = fopen(path, "r"), *copy = open_memstream(&text, &size);
    for (int byte; (byte = getc(file)) != EOF;)
        putc(byte, copy);
    fclose(copy);
    fclose(file);
    unlink(path);
    squeeze(text);
    return text;
}

static bool is_for_solver(const char *path, const char *solver)
{
    char line[LINE];
    bool said = false, named = false;
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    while (!said && fgets(line, sizeof line, file)) {
        said = strncmp(line, "* expect ", 9) == 0 && strncmp(line + 9, solvers_word, strlen(solvers_word)) == 0;
        named = said && strstr(line + 9, solver);
    }
    fclose(file);
    return !said || named;
}

static void check_deck(const char *path, const char *solver, bool all_messages)
{
    struct golden golden = {.path = path, .deck = opspice_new()};
    ck_assert_int_eq(opspice_set(golden.deck, "solver", solver), OPSPICE_OK);
    int status = opspice_load_file(golden.deck, path);
    if (status == OPSPICE_OK)
        status = opspice_run(golden.deck, NULL, NULL);
    if (deck_lacks_precision(golden.deck)) {
        printf("skipped: golden, %s: long double is no more than double here\n", path);
        opspice_free(golden.deck);
        return;
    }
    golden.listing = status == OPSPICE_OK ? listing_of(golden.deck) : strdup("");
    each_expectation(&golden, false);
    check_messages(&golden, all_messages);
    ck_assert_msg(status == golden.status, "%s: status %d, expected %d", path, status, golden.status);
    each_expectation(&golden, true);
    ck_assert_msg((status == OPSPICE_OK) == (golden.numbers_found > 0),
                  "%s: numbers are expected of an answer, and only there", path);
    free(golden.listing);
    opspice_free(golden.deck);
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

static const char *const folders[] = {TOP_SRCDIR "/tests/valid", TOP_SRCDIR "/tests/invalid", TOP_SRCDIR "/netlists"};
enum { VALID, INVALID, NETLISTS, FOLDERS };

static int is_deck(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".cir") == 0;
}

START_TEST(golden_decks)
{
    static const char *const solvers[] = {"auto", "newton", "cd"};
    struct dirent **entry;
    int decks = scandir(folders[_i], &entry, is_deck, alphasort);
    ck_assert_int_gt(decks, 0);
    for (int d = 0; d < decks; d++) {
        char path[2 * LINE];
        snprintf(path, sizeof path, "%s/%s", folders[_i], entry[d]->d_name);
        for (size_t s = 0; s < sizeof solvers / sizeof *solvers; s++)
            if (is_for_solver(path, solvers[s]))
                check_deck(path, solvers[s], _i != NETLISTS);
        free(entry[d]);
    }
    free(entry);
}
END_TEST

Suite *suite_golden(void)
{
    Suite *suite = suite_create("golden");
    TCase *tcase = tcase_create("decks");
    tcase_add_loop_test(tcase, golden_decks, 0, FOLDERS);
    suite_add_tcase(suite, tcase);
    return suite;
}

#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- what must hold --------------------------------------------------------------------------------------------- */

void fuzz_require_that(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* ---- time: of the processor, for a machine that is busy with other things is no reason to complain --------------- */

static opspice *watched;
static volatile sig_atomic_t ticks;

static void tick(int number)
{
    enum { PATIENCE = 100 };
    (void)number;
    if (watched)
        opspice_interrupt(watched);
    if (++ticks > PATIENCE)
        abort();
}

static void set_timer(bool on)
{
    struct timeval moment = {0, on ? 200000 : 0};
    struct itimerval timer = {moment, moment};
    struct sigaction action = {.sa_handler = tick, .sa_flags = (int)SA_RESTART};
    ticks = 0;
    sigaction(SIGVTALRM, &action, NULL);
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* ---- the working directory -------------------------------------------------------------------------------------- */

static char folder[] = P_tmpdir "/opspice-fuzz-XXXXXX";
static bool is_made;

static void clear_folder(void)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(open), entry->d_name, 0);
    }
    if (open)
        closedir(open);
}

static void remove_folder(void)
{
    clear_folder();
    rmdir(folder);
}

void fuzz_begin(void)
{
    if (!is_made) {
        fuzz_require(mkdtemp(folder) && chdir(folder) == 0);
        is_made = true;
        atexit(remove_folder);
    }
    set_timer(true);
}

void fuzz_end(void)
{
    set_timer(false);
    clear_folder();
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

struct fuzz_text fuzz_copy(const void *data, size_t size)
{
    struct fuzz_text text = {calloc(1, size + 1), size};
    fuzz_require(text.data);
    if (size > 0)
        memcpy(text.data, data, size);
    return text;
}

struct fuzz_text fuzz_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    fuzz_require(file && fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    rewind(file);
    struct fuzz_text text = {calloc(1, (size_t)size + 1), (size_t)size};
    fuzz_require(text.data && fread(text.data, 1, text.size, file) == text.size);
    fclose(file);
    return text;
}

void fuzz_write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    fuzz_require(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

uint8_t fuzz_take(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    --*size;
    return *(*data)++;
}

/* ---- decks ------------------------------------------------------------------------------------------------------ */

/* All diagnostics can be had, as data and as text. Returns how many are errors. */
static size_t read_diagnostics(const opspice *deck)
{
    size_t errors = 0;
    for (size_t n = 0; n < opspice_diagnostic_count(deck); n++) {
        char *text = opspice_diagnostic_text(deck, n);
        const opspice_diagnostic *diagnostic = opspice_get_diagnostic(deck, n);
        fuzz_require(diagnostic && diagnostic->severity <= OPSPICE_ERROR);
        fuzz_require(text && *text && *diagnostic->message);
        fuzz_require(!diagnostic->file || (diagnostic->line > 0 && diagnostic->column > 0));
        errors += diagnostic->severity == OPSPICE_ERROR;
        opspice_free_text(text);
    }
    return errors;
}

/* OPSPICE_SYSTEM may come without a diagnostic: memory was out. */
static void check_status(const opspice *deck, int status)
{
    size_t errors = read_diagnostics(deck);
    fuzz_require(status >= OPSPICE_OK && status <= OPSPICE_SYSTEM && status != OPSPICE_USAGE);
    if (status != OPSPICE_SYSTEM)
        fuzz_require((status == OPSPICE_OK) == (errors == 0));
}

opspice *fuzz_load(const char *text, size_t size, int *status)
{
    fuzz_begin();
    opspice *deck = opspice_new();
    fuzz_require(deck && opspice_set(deck, "threads", "1") == OPSPICE_OK);
    watched = deck;
    *status = opspice_load_memory(deck, "deck.cir", text, size);
    check_status(deck, *status);
    return deck;
}

static void check_vector(const opspice_vector *vector)
{
    fuzz_require(!vector || (*vector->name && vector->unit));
    for (size_t n = 0; vector && n < vector->count; n++) {
        volatile double value = vector->value[n * vector->stride];
        (void)value;
    }
}

/* All vectors of all results can be had; the first one by its name too. */
static void read_vectors(const opspice *deck)
{
    for (size_t r = 0; r < opspice_result_count(deck); r++) {
        for (size_t q = 0; q < opspice_result_axes(deck, r); q++)
            check_vector(opspice_get_axis(deck, r, q));
        for (size_t q = 0; q < opspice_result_vectors(deck, r); q++)
            check_vector(opspice_get_vector(deck, r, q));
        for (size_t q = 0; q < opspice_result_measures(deck, r); q++)
            check_vector(opspice_get_measure(deck, r, q));
        const opspice_vector *first = opspice_get_vector(deck, r, 0);
        check_vector(first ? opspice_find_vector(deck, r, first->name) : NULL);
        check_vector(opspice_find_vector(deck, r, "v(a)-2*v(b)"));
    }
}

int fuzz_run(opspice *deck)
{
    int status = opspice_run(deck, NULL, NULL);
    check_status(deck, status);
    const opspice_certificate *certificate = opspice_get_certificate(deck);
    fuzz_require(status != OPSPICE_OK || !certificate || certificate->proved);
    read_vectors(deck);
    return status;
}

void fuzz_write_all(opspice *deck)
{
    size_t results = opspice_result_count(deck);
    for (int format = OPSPICE_LISTING; format <= OPSPICE_SERVER; format++) {
        int status = opspice_write(deck, (enum opspice_format)format, "out");
        fuzz_require(results == 0 || status == OPSPICE_OK || status == OPSPICE_SYSTEM);
    }
    for (int csv = 0; csv <= 1; csv++) {
        int status = opspice_write_report(deck, "out", (const char *const[]){csv ? "format=csv" : "format=html", NULL});
        fuzz_require(results == 0 || status == OPSPICE_OK || status == OPSPICE_SYSTEM);
    }
}

void fuzz_close(opspice *deck)
{
    watched = NULL;
    opspice_free(deck);
    fuzz_end();
}

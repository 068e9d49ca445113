#include "elaborate/iv_table.h"

#include "netlist/number.h"
#include "util/array.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* Beside the file that the place is in; NULL when memory is out. */
static char *beside(const struct sources *sources, const char *place, const struct arg *file)
{
    struct location location = sources_locate(sources, place);
    const char *slash = file->text[0] == '/' || !location.source ? NULL : strrchr(location.source->name, '/');
    size_t folder = slash ? (size_t)(slash - location.source->name) + 1 : 0;
    char *path = array_new(folder + file->length + 1, 1);
    if (!path)
        return NULL;
    memcpy(path, folder ? location.source->name : "", folder);
    memcpy(path + folder, file->text, file->length);
    return path;
}

static const struct source *already(const struct sources *sources, const char *path)
{
    for (size_t q = 0; q < sources->count; q++)
        if (strcmp(sources->item[q].name, path) == 0)
            return &sources->item[q];
    return NULL;
}

/* The text of the file, read once; *text is NULL after a diagnostic. False when memory is out. */
static bool open_file(struct sources *sources, const struct arg *file, struct diagnostics *diagnostics,
                      const char **text, size_t *size)
{
    char *near = beside(sources, file->text, file), *here = array_new(file->length + 1u, 1);
    enum source_status status = SOURCE_NO_MEMORY;
    const struct source *source = NULL;
    *text = NULL;
    if (near && here) {
        memcpy(here, file->text, file->length);
        source = already(sources, near);
        source = source ? source : already(sources, here);
        status = source ? SOURCE_OK : sources_read(sources, near, file->text);
        if (status == SOURCE_NO_FILE && errno != EPERM && strcmp(near, here) != 0)
            status = sources_read(sources, here, file->text);
        if (status == SOURCE_NO_FILE)
            diagnose(diagnostics, ERROR_CANNOT_READ, file->text, file->length, "cannot read %.*s: %s",
                     (int)file->length, file->text, sources_reason(sources, errno));
        if (status == SOURCE_OK) {
            source = source ? source : &sources->item[sources->count - 1];
            *text = source->text;
            *size = source->size;
        }
    }
    free(near);
    free(here);
    return status != SOURCE_NO_MEMORY;
}

/* ---- its lines --------------------------------------------------------------------------------------------------- */

struct rows {
    const char *at, *end;
    bool begun; /* a row of numbers was read */
    struct {
        const char *text;
        size_t length;
    } column[2], more; /* of the present row; more: a third column */
};

static bool is_separator(char byte)
{
    return byte == ' ' || byte == '\t' || byte == ',' || byte == ';' || byte == '\r';
}

/* The next row that is not empty and no comment. */
static bool next_row(struct rows *rows)
{
    while (rows->at < rows->end) {
        size_t columns = 0;
        memset(rows->column, 0, sizeof rows->column);
        memset(&rows->more, 0, sizeof rows->more);
        while (rows->at < rows->end && *rows->at != '\n') {
            if (is_separator(*rows->at)) {
                rows->at++;
                continue;
            }
            if (*rows->at == '#' && columns == 0) {
                while (rows->at < rows->end && *rows->at != '\n')
                    rows->at++;
                continue;
            }
            const char *start = rows->at;
            while (rows->at < rows->end && *rows->at != '\n' && !is_separator(*rows->at))
                rows->at++;
            size_t length = (size_t)(rows->at - start);
            if (columns < 2) {
                rows->column[columns].text = start;
                rows->column[columns].length = length;
            } else if (columns == 2) {
                rows->more.text = start;
                rows->more.length = length;
            }
            columns++;
        }
        if (rows->at < rows->end)
            rows->at++;
        if (columns > 0)
            return true;
    }
    return false;
}

static bool read_number(const char *text, size_t length, double *value)
{
    return length > 0 && number_parse(text, length, value) == NUMBER_OK;
}

/* What is wrong with the row, or NULL; *place: where. */
static const char *read_row(const struct rows *rows, double *u, double *i, size_t *column)
{
    *column = 0;
    if (!read_number(rows->column[0].text, rows->column[0].length, u))
        return "expected a voltage here";
    *column = 1;
    if (rows->column[1].length == 0) {
        *column = 0;
        return "there is no current behind this voltage";
    }
    if (!read_number(rows->column[1].text, rows->column[1].length, i))
        return "expected a current here";
    return rows->more.length > 0 ? "expected two columns, and here are more" : NULL;
}

static const char *compare_row(const double *u, const double *i, size_t points, size_t *column)
{
    *column = 0;
    if (points == 0)
        return NULL;
    if (!(u[points] > u[points - 1]))
        return "this voltage is not above the one before";
    *column = 1;
    return i[points] >= i[points - 1] ? NULL
                                      : "the current falls here while the voltage rises: this has no convex program";
}

struct points {
    double *u, *i;
    size_t count, u_capacity, i_capacity;
};

static void complain(const struct rows *rows, size_t column, const char *wrong, const struct arg *file,
                     struct diagnostics *diagnostics)
{
    diagnose(diagnostics, ERROR_TABLE, rows->column[column].text, rows->column[column].length, "%s", wrong);
    diagnose(diagnostics, NOTE, file->text, file->length, "the table is used here");
}

/* Read all rows; *good: without a mistake. False when memory is out. */
static bool read_rows(struct rows *rows, struct points *points, const struct arg *file, struct diagnostics *diagnostics,
                      bool *good)
{
    *good = true;
    while (next_row(rows)) {
        size_t column, n = points->count;
        double unused;
        if (!rows->begun && !read_number(rows->column[0].text, rows->column[0].length, &unused)) {
            rows->begun = true; /* a header */
            continue;
        }
        rows->begun = true;
        if (!array_reserve(&points->u, &points->u_capacity, n + 1, sizeof *points->u) ||
            !array_reserve(&points->i, &points->i_capacity, n + 1, sizeof *points->i))
            return false;
        const char *wrong = read_row(rows, &points->u[n], &points->i[n], &column);
        if (!wrong)
            wrong = compare_row(points->u, points->i, n, &column);
        if (wrong) {
            complain(rows, column, wrong, file, diagnostics);
            *good = false;
            return true;
        }
        points->count++;
    }
    if (points->count < 2) {
        diagnose(diagnostics, ERROR_TABLE, file->text, file->length, "the table %.*s has %s: a law needs two points",
                 (int)file->length, file->text, points->count ? "one point" : "no points");
        *good = false;
    }
    return true;
}

/* ---- the law ----------------------------------------------------------------------------------------------------- */

static bool add_law(struct models *models, struct model *model, const struct points *points)
{
    struct arena *arena = &models->circuit->arena;
    size_t size = points->count * sizeof(double);
    double *u = arena_alloc(arena, size), *i = arena_alloc(arena, size);
    struct law *law = u && i ? models_new_curve(models, CURVE_TABLE, &model->law) : NULL;
    if (!law)
        return false;
    memcpy(u, points->u, size);
    memcpy(i, points->i, size);
    law->curve->table = (struct curve_table){points->count, u, i};
    law_of_curve(law);
    model->kind = MODEL_SHARED;
    return true;
}

bool iv_table_model(struct models *models, struct model *model, const struct arg *file, struct diagnostics *diagnostics)
{
    struct points points = {0};
    struct rows rows = {0};
    size_t size = 0;
    bool good = false;
    model->kind = MODEL_WRONG;
    bool done = open_file(models->sources, file, diagnostics, &rows.at, &size);
    if (done && rows.at) {
        rows.end = rows.at + size;
        if (size >= 3 && memcmp(rows.at, "\xef\xbb\xbf", 3) == 0)
            rows.at += 3;
        done = read_rows(&rows, &points, file, diagnostics, &good);
    }
    if (done && good)
        done = add_law(models, model, &points);
    free(points.u);
    free(points.i);
    return done;
}

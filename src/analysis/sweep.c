#include "analysis/sweep.h"

#include "util/array.h"
#include "util/threads.h"
#include "util/watch.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A chunk has at least so much work and so many points, and there are at most so many chunks: by the sweep alone, so
 * that results are the same for any number of threads (threads_do_not_matter of tests/check_sweep.c). */
static const double least_chunk_work = 1e6; /* elements times points */
enum { LEAST_CHUNK_POINTS = 32, MOST_CHUNKS = 8 };

enum {
    FOLLOWED_POINTS = 4, /* of the innermost axis: from so many on its source is followed by its response */
    REPORTED_POINTS = 16 /* done between two calls of progress (progress_is_told of tests/check_sweep_course.c) */
};

/* A run of points, with what came of it. */
struct chunk {
    size_t begin, end;
    atomic_size_t done; /* points solved, whose rows are filled */
    enum sweep_status status;
    struct diagnostics diagnostics; /* warnings of one point, outcomes of the last */
    struct totals totals;
};

struct sweep {
    struct plot *plot;
    struct engine *engine;
    const struct sweep_options *options;
    struct chunk *chunk; /* [chunks] */
    size_t chunks;
    size_t growing;      /* the chunk of the first point that the plot does not have yet */
    bool follows;        /* the innermost axis is a source that the engine follows */
    size_t first_failed; /* no chunk after this one matters */
    size_t done;         /* points of all chunks */
    double *before;      /* [axes] values of the swept elements */
};

/* ---- one point ---- */

static bool changes_everything(const struct axis *axis)
{
    return axis->kind == AXIS_PARAMETER || axis->kind == AXIS_TEMPERATURE;
}

static enum sweep_status rebuild(const struct sweep *sweep, struct engine *engine, const struct axis *axis,
                                 double value, struct diagnostics *diagnostics)
{
    const struct sweep_options *options = sweep->options;
    assert(options->rebuild); /* where an axis is a parameter */
    enum sweep_rebuilt rebuilt =
        options->rebuild(options->rebuild_context, engine->circuit, axis, value, diagnostics);
    circuit_changed(engine->circuit, rebuilt == REBUILT_STRUCTURE);
    return rebuilt == REBUILT_NO_MEMORY ? SWEEP_NO_MEMORY : rebuilt == REBUILT_WRONG ? SWEEP_STOPPED : SWEEP_OK;
}

static enum sweep_status set_axis(const struct sweep *sweep, struct engine *engine, const struct axis *axis,
                                  double value, struct diagnostics *diagnostics)
{
    switch (axis->kind) {
    case AXIS_VSOURCE:
    case AXIS_ISOURCE:
        engine_set_source(engine, axis->element, value);
        break;
    case AXIS_RESISTOR:
        engine_set_resistance(engine, axis->element, value);
        break;
    case AXIS_TEMPERATURE:
        if (sweep->options->rebuild_temperature)
            return rebuild(sweep, engine, axis, value, diagnostics);
        engine_set_temperature(engine, value);
        break;
    case AXIS_PARAMETER:
        return rebuild(sweep, engine, axis, value, diagnostics);
    }
    return SWEEP_OK;
}

/* Set the values of a point that differ from the point before; all of them at the first point of a chunk, and after a
 * change of everything. */
static enum sweep_status set_point(const struct sweep *sweep, struct engine *engine, size_t point, bool first,
                                   struct diagnostics *diagnostics)
{
    const struct plot *plot = sweep->plot;
    enum sweep_status status = SWEEP_OK;
    bool all = first;
    for (size_t a = 0; a < plot->axes && !all; a++)
        all = changes_everything(&plot->axis[a]) &&
              plot_axis_value(plot, a, point) != plot_axis_value(plot, a, point - 1);
    /* parameters before the temperature, and both before single elements, whose values they overwrite */
    static const enum axis_kind order[] = {AXIS_PARAMETER, AXIS_TEMPERATURE, AXIS_RESISTOR, AXIS_ISOURCE, AXIS_VSOURCE};
    for (size_t o = 0; o < sizeof order / sizeof *order; o++)
        for (size_t a = 0; a < plot->axes && status == SWEEP_OK; a++) {
            double value = plot_axis_value(plot, a, point);
            if (plot->axis[a].kind == order[o] && (all || value != plot_axis_value(plot, a, point - 1)))
                status = set_axis(sweep, engine, &plot->axis[a], value, diagnostics);
        }
    return status;
}

static const char *axis_label(const struct axis *axis, const struct circuit *circuit)
{
    switch (axis->kind) {
    case AXIS_PARAMETER:
        return axis->name;
    case AXIS_TEMPERATURE:
        return "temp";
    default:
        return circuit->elements.text[axis->element];
    }
}

enum { NOTE_TEXT = 300 };

/* what and which point it was: "first at v1 = 2.3, v2 = 5". False: there is nothing to tell it by. */
static bool point_text(const struct sweep *sweep, const char *what, size_t point, char text[NOTE_TEXT])
{
    const struct plot *plot = sweep->plot;
    size_t used = 0;
    for (size_t a = plot->axes; a-- > 0 && used < NOTE_TEXT;) {
        int length = snprintf(text + used, NOTE_TEXT - used, "%s %s = %.10g", used > 0 ? "," : what,
                              axis_label(&plot->axis[a], sweep->engine->circuit), plot_axis_value(plot, a, point));
        used += length > 0 ? (size_t)length : 0;
    }
    return plot->axes > 0;
}

static void note_point(const struct sweep *sweep, const char *what, size_t point, struct diagnostics *diagnostics)
{
    char text[NOTE_TEXT];
    if (point_text(sweep, what, point, text))
        diagnose(diagnostics, NOTE, NULL, 0, "%s", text);
}

static void record(const struct plot *plot, const struct engine *engine, size_t point)
{
    double *row = plot->value + point * plot->recorded.count;
    for (size_t c = 0; c < plot->recorded.count; c++)
        row[c] = vector_value(&plot->recorded.item[c], engine->circuit, &engine->op);
}

/* Say how the source of the innermost axis goes on. */
static void expect(const struct sweep *sweep, struct engine *engine, size_t point)
{
    const struct axis *inner = &sweep->plot->axis[sweep->plot->axes - 1];
    if (!sweep->follows)
        return;
    size_t here = point % inner->count;
    engine_expect(engine, inner->count - here, inner->value + here);
}

/* What a point warns of that no point of the chunk before it did, and at which it is; each by itself, but for the first
 * point of all that warns: other chunks may have some of them too. */
static void keep_warnings(const struct sweep *sweep, struct chunk *chunk, size_t point,
                          const struct diagnostics *warnings)
{
    char where[NOTE_TEXT];
    if (chunk->begin > 0 || chunk->diagnostics.count > 0) {
        bool places = point_text(sweep, "first at", point, where);
        diagnostics_append_news(&chunk->diagnostics, warnings, places ? where : NULL);
        return;
    }
    diagnostics_append(&chunk->diagnostics, warnings);
    note_point(sweep, "first at", point, &chunk->diagnostics);
}

/* Set, solve and record a point. Diagnostics are kept of points that warn of something new, and of the one that
 * fails. */
static enum sweep_status run_point(const struct sweep *sweep, struct chunk *chunk, struct engine *engine,
                                   size_t point)
{
    struct diagnostics diagnostics = {0};
    enum sweep_status status = set_point(sweep, engine, point, point == chunk->begin, &diagnostics);
    if (status == SWEEP_OK) {
        expect(sweep, engine, point);
        enum engine_status solved = engine_solve(engine, &diagnostics);
        status = solved == ENGINE_OK         ? SWEEP_OK
                 : solved != ENGINE_UNSOLVED ? SWEEP_NO_MEMORY
                 : interrupt_is_set(sweep->options->interrupt) ? SWEEP_INTERRUPTED
                                                  : SWEEP_STOPPED;
        if (status != SWEEP_INTERRUPTED)
            totals_add_point(&chunk->totals, engine);
    }
    if (status == SWEEP_OK)
        record(sweep->plot, engine, point);
    if (status == SWEEP_OK && diagnostics.count > 0)
        keep_warnings(sweep, chunk, point, &diagnostics);
    if (status == SWEEP_STOPPED && diagnostics.count > 0) {
        diagnostics_append_news(&chunk->diagnostics, &diagnostics, NULL);
        note_point(sweep, "the sweep stops at", point, &chunk->diagnostics);
        if (point > chunk->begin && !engine_has_one_point(engine))
            note_point(sweep, "the last operating point is at", point - 1, &chunk->diagnostics);
    }
    if (diagnostics.out_of_memory || chunk->diagnostics.out_of_memory)
        status = SWEEP_NO_MEMORY;
    diagnostics_free(&diagnostics);
    return status;
}

/* ---- a chunk ---- */

/* Give the plot the points that are solved, up to the first that is not, and tell the listener. By the calling
 * thread. */
static void grow(struct sweep *sweep)
{
    const struct plot_listener *listener = sweep->options->listener;
    struct plot *plot = sweep->plot;
    bool tells = listener && listener->grown, grows = true;
    while (grows && sweep->growing < sweep->chunks) {
        const struct chunk *chunk = &sweep->chunk[sweep->growing];
        size_t end = chunk->begin + atomic_load_explicit(&chunk->done, memory_order_acquire);
        while (plot->points < end && !(tells && interrupt_is_set(sweep->options->interrupt))) {
            plot->points++;
            if (tells)
                listener->grown(listener->context, plot);
        }
        grows = plot->points == chunk->end;
        sweep->growing += grows;
    }
}

/* Count points that are done, and say so. */
static void tell(struct sweep *sweep, size_t more)
{
    size_t done;
#pragma omp atomic capture
    done = sweep->done += more;
    if (sweep->options->progress && threads_is_caller())
        sweep->options->progress(sweep->options->progress_context, done, plot_points(sweep->plot));
}

static bool is_in_vain(struct sweep *sweep, const struct chunk *chunk)
{
    size_t first_failed;
#pragma omp atomic read
    first_failed = sweep->first_failed;
    return (size_t)(chunk - sweep->chunk) > first_failed;
}

static void run_chunk(struct sweep *sweep, struct chunk *chunk, struct engine *engine)
{
    size_t done = 0, told = 0;
    while (chunk->status == SWEEP_OK && chunk->begin + done < chunk->end && !is_in_vain(sweep, chunk)) {
        if (interrupt_is_set(sweep->options->interrupt)) {
            chunk->status = SWEEP_INTERRUPTED;
            break;
        }
        chunk->status = run_point(sweep, chunk, engine, chunk->begin + done);
        done += chunk->status == SWEEP_OK;
        atomic_store_explicit(&chunk->done, done, memory_order_release);
        if (threads_is_caller())
            grow(sweep);
        if (done - told == REPORTED_POINTS) {
            tell(sweep, REPORTED_POINTS);
            told = done;
        }
    }
    tell(sweep, done - told);
}

static void run_copy(struct sweep *sweep, struct chunk *chunk)
{
    struct engine copy = {0};
    if (is_in_vain(sweep, chunk))
        return;
    if (engine_copy(&copy, sweep->engine)) {
        copy.options.threads = 1;
        run_chunk(sweep, chunk, &copy);
        const struct solve_info info = engine_info(&copy);
        totals_add_info(&chunk->totals, &info);
    } else {
        chunk->status = SWEEP_NO_MEMORY;
    }
    engine_free(&copy);
    if (chunk->status == SWEEP_OK)
        return;
#pragma omp critical(sweep_failed)
    {
        size_t own = (size_t)(chunk - sweep->chunk);
        if (own < sweep->first_failed) {
#pragma omp atomic write
            sweep->first_failed = own;
        }
    }
}

/* ---- the whole ---- */

/* How many chunks. Temperature and parameters change laws that copies share; with couplings each point goes on from the
 * one before, as hysteresis wants. */
static size_t count_chunks(const struct plot *plot, const struct circuit *circuit, size_t points)
{
    double work = (double)points * circuit->elements.count;
    size_t chunks = (size_t)fmin(MOST_CHUNKS, fmin(work / least_chunk_work, (double)points / LEAST_CHUNK_POINTS));
    for (size_t a = 0; a < plot->axes; a++)
        if (changes_everything(&plot->axis[a]))
            chunks = 1;
    return chunks > 0 && circuit->couplings == 0 ? chunks : 1;
}

static bool make_chunks(struct sweep *sweep, size_t points)
{
    sweep->chunks = count_chunks(sweep->plot, sweep->engine->circuit, points);
    sweep->chunk = array_new(sweep->chunks, sizeof *sweep->chunk);
    sweep->first_failed = sweep->chunks;
    for (size_t c = 0; sweep->chunk && c < sweep->chunks; c++) {
        sweep->chunk[c].begin = points / sweep->chunks * c + points % sweep->chunks * c / sweep->chunks;
        sweep->chunk[c].end = points / sweep->chunks * (c + 1) + points % sweep->chunks * (c + 1) / sweep->chunks;
    }
    return sweep->chunk;
}

/* Solve one point with the sweep's own engine, as a part of the chunk that it belongs to. */
static bool run_alone(struct sweep *sweep, size_t number, size_t point)
{
    struct chunk alone = {.begin = point, .end = point + 1};
    alone.status = run_point(sweep, &alone, sweep->engine, point);
    if (alone.status == SWEEP_OK) {
        diagnostics_free(&alone.diagnostics);
        return true;
    }
    struct chunk *chunk = &sweep->chunk[number];
    diagnostics_free(&chunk->diagnostics);
    chunk->status = alone.status;
    chunk->diagnostics = alone.diagnostics;
    chunk->totals = alone.totals;
    sweep->first_failed = number;
    return false;
}

/* All chunks, from the answer at the first point, which each copy takes over. At the end the engine holds the last
 * point. */
static void run_chunks(struct sweep *sweep)
{
    size_t last = sweep->chunks - 1;
    int threads = threads_for(sweep->options->threads, sweep->chunks);
    (void)threads;
    if (!run_alone(sweep, 0, 0))
        return;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t c = 0; c < sweep->chunks; c++)
        run_copy(sweep, &sweep->chunk[c]);
    if (sweep->first_failed == sweep->chunks)
        run_alone(sweep, last, sweep->chunk[last].end - 1);
}

/* Points up to the first that failed, with its reason, and what they warn of, each thing once. */
static enum sweep_status conclude(struct sweep *sweep, struct diagnostics *diagnostics)
{
    enum sweep_status status = SWEEP_OK;
    grow(sweep);
    for (size_t c = 0; c < sweep->chunks && status == SWEEP_OK; c++) {
        struct chunk *chunk = &sweep->chunk[c];
        status = chunk->status;
        totals_add(&sweep->plot->totals, &chunk->totals);
        if (c == 0)
            diagnostics_append(diagnostics, &chunk->diagnostics);
        else
            diagnostics_append_news(diagnostics, &chunk->diagnostics, NULL);
    }
    if (status == SWEEP_OK && sweep->plot->points < plot_points(sweep->plot))
        status = SWEEP_INTERRUPTED; /* while the listener was told */
    return diagnostics->out_of_memory ? SWEEP_NO_MEMORY : status;
}

static bool make_room(struct plot *plot, size_t points, const struct card *card, struct diagnostics *diagnostics)
{
    double bytes = (double)points * (double)plot->recorded.count * sizeof(double);
    double memory = (double)array_memory();
    if (points == SIZE_MAX || bytes > memory) {
        diagnose(diagnostics, ERROR_SWEEP_TOO_LARGE, card ? card->arg->text : NULL, card ? card->arg->length : 0,
                 "a sweep of %.4g points that records %zu vectors takes %.3g GB, and this machine has %.3g GB: save "
                 "fewer vectors, or "
                 "make larger steps",
                 points == SIZE_MAX ? (double)INFINITY : (double)points, plot->recorded.count, bytes / 1e9,
                 memory / 1e9);
        return false;
    }
    free(plot->value);
    plot->value = array_new(points * plot->recorded.count, sizeof *plot->value);
    return plot->value;
}

static double value_before(const struct axis *axis, const struct circuit *circuit, double temperature)
{
    if (axis->kind == AXIS_TEMPERATURE)
        return temperature;
    if (axis->kind == AXIS_PARAMETER)
        return 0;
    if (axis->kind == AXIS_RESISTOR)
        return circuit_resistance(circuit, axis->element);
    return circuit->element[axis->element].value;
}

/* Everything as it was before the sweep. */
static enum sweep_status restore(struct sweep *sweep, struct diagnostics *diagnostics)
{
    const struct plot *plot = sweep->plot;
    struct engine *engine = sweep->engine;
    enum sweep_status status = SWEEP_OK;
    bool rebuilt = false;
    for (size_t a = 0; a < plot->axes; a++)
        rebuilt |= plot->axis[a].kind == AXIS_PARAMETER ||
                   (plot->axis[a].kind == AXIS_TEMPERATURE && sweep->options->rebuild_temperature);
    if (rebuilt)
        status = rebuild(sweep, engine, NULL, 0, diagnostics);
    for (int pass = 0; pass < 2; pass++) /* the temperature, then elements */
        for (size_t a = 0; a < plot->axes; a++) {
            const struct axis *axis = &plot->axis[a];
            if (axis->kind != AXIS_PARAMETER && (axis->kind == AXIS_TEMPERATURE) == (pass == 0))
                set_axis(sweep, engine, axis, sweep->before[a], diagnostics);
        }
    engine_follow(engine, ENGINE_NO_SOURCE);
    engine_expect(engine, 0, NULL);
    engine_restart(engine);
    return status;
}

static bool follow_inner(const struct plot *plot, struct engine *engine)
{
    const struct axis *inner = plot->axes > 0 ? &plot->axis[plot->axes - 1] : NULL;
    bool source =
        inner && (inner->kind == AXIS_VSOURCE || inner->kind == AXIS_ISOURCE) && inner->count >= FOLLOWED_POINTS;
    engine_follow(engine, source ? inner->element : ENGINE_NO_SOURCE);
    return source;
}

enum sweep_status sweep_run(struct plot *plot, struct engine *engine, const struct sweep_options *options,
                            struct diagnostics *diagnostics)
{
    struct sweep sweep = {.plot = plot, .engine = engine, .options = options};
    size_t points = plot_points(plot), errors = diagnostics->errors;
    bool full = engine->full_figures;
    enum sweep_status status = SWEEP_NO_MEMORY;
    plot->points = 0;
    if (!make_room(plot, points, options->card, diagnostics)) {
        status = diagnostics->errors > errors ? SWEEP_STOPPED : SWEEP_NO_MEMORY;
        goto done;
    }
    sweep.before = array_new(plot->axes, sizeof *sweep.before);
    if (!sweep.before || !make_chunks(&sweep, points))
        goto done;
    for (size_t a = 0; a < plot->axes; a++)
        sweep.before[a] = value_before(&plot->axis[a], engine->circuit, options->temperature);
    engine_restart(engine);
    engine->full_figures = false;
    sweep.follows = follow_inner(plot, engine);
    if (options->listener)
        options->listener->begun(options->listener->context, plot);
    if (sweep.chunks == 1)
        run_chunk(&sweep, &sweep.chunk[0], engine);
    else
        run_chunks(&sweep);
    status = conclude(&sweep, diagnostics);
    if (restore(&sweep, diagnostics) != SWEEP_OK)
        status = SWEEP_NO_MEMORY;
    engine->full_figures = full;
done:
    for (size_t c = 0; sweep.chunk && c < sweep.chunks; c++)
        diagnostics_free(&sweep.chunk[c].diagnostics);
    free(sweep.chunk);
    free(sweep.before);
    return status;
}

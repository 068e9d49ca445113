#include "analysis/batch.h"

#include "analysis/batch_order.h"
#include "engine/superposition.h"
#include "util/array.h"
#include "util/threads.h"
#include "util/watch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A chunk has at least so many points and so much work, since it begins with a factorisation of its own; there are at
 * most so many: by the batch alone, so that results are the same for any number of threads (tests/check_batch.c). */
static const double least_chunk_work = 1e5; /* elements times points */
enum { LEAST_CHUNK_POINTS = 50, MOST_CHUNKS = 64 };

enum { FEW = 2 }; /* points for each source: so many are solved themselves */

enum { REPORTED_POINTS = 64 }; /* done between two looks at the interrupt and calls of progress */

/* A run of points, with what came of it. */
struct chunk {
    size_t begin, end, first_failed;
    bool no_memory;
    struct diagnostics diagnostics; /* of the first failed one */
    struct totals totals;
};

/* What solves points: the session's engine, or one of a copy of its circuit. */
struct worker {
    struct batch *batch;
    struct session *session;
    struct engine *engine;
    const enum input_kind *kind;  /* [inputs] */
    bool is_own;                  /* the session's: inputs are put there */
    const uint32_t *source;       /* [inputs] where all are sources, each but once; else NULL */
    const double *multiple;       /* [inputs] of these */
    const size_t *order;          /* [points] in which they are done; NULL: that of the batch */
    const double *last;           /* the setting of the point before; NULL: none */
    struct derivatives derivatives;
};

/* ---- one point --------------------------------------------------------------------------------------------------- */

static bool has_numbers(const double *setting, size_t inputs)
{
    for (size_t q = 0; q < inputs; q++)
        if (!isfinite(setting[q]))
            return false;
    return true;
}

/* The values that differ from those of the point before: first what makes the circuit anew, then values of elements. */
static bool put_setting(struct worker *worker, const double *setting, struct diagnostics *diagnostics)
{
    struct session *session = worker->session;
    struct batch *batch = worker->batch;
    bool renewed = false;
    for (size_t q = 0; worker->is_own && q < batch->inputs; q++) {
        if (batch->input[q] < session->circuit.elements.count || (worker->last && worker->last[q] == setting[q]))
            continue;
        session->inputs.is_stale = renewed = true;
        if (!named_inputs_put(session, batch->input[q], setting[q]))
            return false;
    }
    if (worker->is_own && !named_inputs_refresh(session, diagnostics))
        return false;
    for (size_t q = 0; q < batch->inputs; q++) {
        size_t input = batch->input[q];
        if (worker->last && worker->last[q] == setting[q] && !renewed)
            continue;
        if (worker->kind[q] == INPUT_TEMPERATURE && !worker->is_own)
            engine_set_temperature(worker->engine, setting[q]);
        else if (input < session->circuit.elements.count)
            named_inputs_put_value(worker->engine, worker->kind[q], (uint32_t)input, setting[q]);
    }
    worker->last = setting;
    return true;
}

static void record(const struct batch *batch, const struct engine *engine, size_t point)
{
    size_t nodes = engine->circuit->nodes.count - 1;
    double *row = batch->result + point * batch->outputs;
    for (size_t o = 0; o < batch->outputs; o++)
        row[o] = batch->output[o] < nodes ? engine->op.voltage[batch->output[o] + 1]
                                          : engine->op.current[batch->output[o] - nodes];
}

static bool find_gradients(struct worker *worker, size_t point, struct diagnostics *diagnostics)
{
    struct batch *batch = worker->batch;
    double *row = batch->gradient + point * batch->outputs * batch->inputs;
    if (!derivatives_find_terms(&worker->derivatives, worker->session, worker->engine, diagnostics))
        return false;
    for (size_t o = 0; o < batch->outputs; o++) {
        enum engine_status status = derivatives_of_output(&worker->derivatives, worker->engine, batch->output[o],
                                                          row + o * batch->inputs);
        if (status == ENGINE_NO_MEMORY)
            return false;
        for (size_t q = 0; status != ENGINE_OK && q < batch->inputs; q++)
            row[o * batch->inputs + q] = NAN;
    }
    return true;
}

/* False when memory is out. */
static bool solve_point(struct worker *worker, size_t point, struct totals *totals, struct diagnostics *diagnostics)
{
    struct batch *batch = worker->batch;
    const double *setting = batch->setting + point * batch->inputs;
    unsigned char *state = &batch->state[point];
    if (!has_numbers(setting, batch->inputs)) {
        *state = BATCH_NO_NUMBER;
        return true;
    }
    if (!put_setting(worker, setting, diagnostics))
        return false;
    if (diagnostics->errors > 0) {
        worker->last = NULL;
        *state = BATCH_WRONG;
        return true;
    }
    enum engine_status solved = engine_solve(worker->engine, diagnostics);
    if (solved == ENGINE_UNSOLVED && interrupt_is_set(batch->interrupt))
        return true; /* it stays open */
    totals_add_point(totals, worker->engine);
    if (solved == ENGINE_NO_MEMORY || diagnostics->out_of_memory)
        return false;
    *state = solved == ENGINE_OK ? BATCH_SOLVED : BATCH_UNSOLVED;
    if (solved != ENGINE_OK)
        return true;
    record(batch, worker->engine, point);
    return !batch->gradient || find_gradients(worker, point, diagnostics);
}

/* ---- a chunk ----------------------------------------------------------------------------------------------------- */

static void tell(const struct batch *batch, size_t *all_done, size_t more)
{
    size_t done;
#pragma omp atomic capture
    done = *all_done += more;
    if (batch->progress && threads_is_caller())
        batch->progress(batch->progress_context, done, batch->points);
}

/* Keep what is said of the first point that has failed. */
static void keep_diagnostics(struct chunk *chunk, size_t point, struct diagnostics *diagnostics)
{
    if (point < chunk->first_failed && diagnostics->errors + diagnostics->outcomes > 0) {
        diagnostics_free(&chunk->diagnostics);
        chunk->first_failed = point;
        diagnostics_append(&chunk->diagnostics, diagnostics);
    }
    diagnostics_free(diagnostics);
}

static void run_points(struct worker *worker, struct chunk *chunk, size_t *all_done)
{
    const struct batch *batch = worker->batch;
    struct diagnostics diagnostics = {0};
    size_t untold = 0;
    for (size_t q = chunk->begin; q < chunk->end && !chunk->no_memory; q++) {
        size_t p = worker->order ? worker->order[q] : q;
        if (untold == REPORTED_POINTS) {
            tell(batch, all_done, untold);
            untold = 0;
            if (interrupt_is_set(batch->interrupt))
                break;
        }
        if (batch->state[p] != BATCH_OPEN)
            continue;
        untold++;
        chunk->no_memory = !solve_point(worker, p, &chunk->totals, &diagnostics);
        if (diagnostics.count > 0 && batch->state[p] != BATCH_OPEN)
            keep_diagnostics(chunk, p, &diagnostics);
        diagnostics_free(&diagnostics);
        if (chunk->no_memory)
            batch->state[p] = BATCH_OPEN;
    }
    tell(batch, all_done, untold);
}

static bool worker_begin(struct worker *worker)
{
    const struct batch *batch = worker->batch;
    return !batch->gradient ||
           derivatives_new(&worker->derivatives, &worker->session->circuit, batch->inputs, batch->input);
}

/* Are responses to all sources more work than the points? */
static bool is_few(const struct batch *batch)
{
    return batch->points <= FEW * batch->inputs;
}

/* The values of the sources, V or A, at points from `first` on; 0 of what is no number. */
static void find_values(const struct worker *worker, size_t first, size_t points, double *value)
{
    const struct batch *batch = worker->batch;
    for (size_t p = 0; p < points; p++)
        for (size_t q = 0; q < batch->inputs; q++) {
            double own = batch->setting[(first + p) * batch->inputs + q] * worker->multiple[q];
            value[p * batch->inputs + q] = isfinite(own) ? own : 0;
        }
}

/* The points of a chunk that differ in sources of a linear circuit, in blocks; those that this does not prove stay
 * open. */
static bool run_blocks(const struct worker *worker, struct chunk *chunk)
{
    struct batch *batch = worker->batch;
    size_t points = chunk->end - chunk->begin;
    struct superposition_found results = {.result = batch->result + chunk->begin * batch->outputs};
    double *value;
    const struct array_request request[] = {
        {&value, points * batch->inputs, sizeof *value},
        {&results.proved, points, sizeof *results.proved},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    bool done = block;
    if (done) {
        find_values(worker, chunk->begin, points, value);
        const struct superposition_request few = {(uint32_t)batch->inputs, worker->source, points,
                                                  value, batch->outputs, batch->output};
        done = superposition_few(worker->engine, &few, &results);
    }
    for (size_t p = 0; done && p < points; p++)
        if (results.proved[p] && has_numbers(batch->setting + (chunk->begin + p) * batch->inputs, batch->inputs))
            batch->state[chunk->begin + p] = BATCH_SOLVED;
        else if (results.proved[p])
            results.count--;
    if (results.count > 0)
        chunk->totals.worst = results.worst;
    chunk->totals.points = results.count;
    free(block);
    return done;
}

static void run_copy(struct worker worker, struct chunk *chunk, size_t *all_done)
{
    struct engine copy = {0};
    bool is_done = !worker.order && !memchr(worker.batch->state + chunk->begin, BATCH_OPEN, chunk->end - chunk->begin);
    if (is_done || interrupt_is_set(worker.batch->interrupt))
        return;
    chunk->no_memory = !engine_copy(&copy, worker.engine);
    if (!chunk->no_memory) {
        copy.options.threads = 1;
        copy.full_figures = false;
        worker.engine = &copy;
        chunk->no_memory = !worker_begin(&worker);
    }
    if (!chunk->no_memory && worker.source && !worker.order && is_few(worker.batch) && !worker.batch->gradient)
        chunk->no_memory = !run_blocks(&worker, chunk);
    if (!chunk->no_memory)
        run_points(&worker, chunk, all_done);
    derivatives_free(&worker.derivatives);
    if (copy.circuit) {
        const struct solve_info info = engine_info(&copy);
        totals_add_info(&chunk->totals, &info);
    }
    engine_free(&copy);
}

/* ---- sources of a linear circuit --------------------------------------------------------------------------------- */

/* Are all inputs sources, each but once? */
static bool are_sources(const struct worker *worker, uint32_t *source)
{
    const struct batch *batch = worker->batch;
    bool *seen = array_new(worker->session->circuit.elements.count, sizeof *seen), good = seen;
    for (size_t q = 0; good && q < batch->inputs; q++) {
        good = worker->kind[q] == INPUT_SOURCE && !seen[batch->input[q]];
        if (good)
            seen[batch->input[q]] = true;
        source[q] = (uint32_t)batch->input[q];
    }
    free(seen);
    return good;
}

/* How large the values of each source are, V or A; 1 where all are 0. */
static void find_largest(const struct worker *worker, double *largest)
{
    const struct batch *batch = worker->batch;
    for (size_t q = 0; q < batch->inputs; q++)
        largest[q] = 0;
    for (size_t p = 0; p < batch->points; p++)
        for (size_t q = 0; q < batch->inputs; q++) {
            double value = fabs(batch->setting[p * batch->inputs + q] * worker->multiple[q]);
            if (isfinite(value) && value > largest[q])
                largest[q] = value;
        }
    for (size_t q = 0; q < batch->inputs; q++)
        if (largest[q] == 0)
            largest[q] = 1;
}

/* What a thread needs for sums of responses. */
struct sums {
    const struct superposition *superposition;
    const struct worker *worker;
    struct batch *batch;
    double *value; /* [SUPERPOSITION_LANES][inputs] */
    double *result; /* [SUPERPOSITION_LANES][outputs] */
    void *room, *block;
};

static bool sums_begin(struct sums *sums)
{
    const struct array_request request[] = {
        {&sums->value, SUPERPOSITION_LANES * sums->batch->inputs, sizeof *sums->value},
        {&sums->result, SUPERPOSITION_LANES * sums->batch->outputs, sizeof *sums->result},
    };
    sums->block = arrays_new(request, sizeof request / sizeof *request);
    sums->room = superposition_room(sums->superposition);
    return sums->block && sums->room;
}

static void record_sum(const struct sums *sums, size_t point, const double *result)
{
    struct batch *batch = sums->batch;
    memcpy(batch->result + point * batch->outputs, result, batch->outputs * sizeof *result);
    batch->state[point] = BATCH_SOLVED;
    double *row = batch->gradient ? batch->gradient + point * batch->outputs * batch->inputs : NULL;
    for (size_t o = 0; row && o < batch->outputs; o++)
        for (size_t q = 0; q < batch->inputs; q++)
            row[o * batch->inputs + q] =
                superposition_derivative(sums->superposition, o, (uint32_t)q) * sums->worker->multiple[q];
}

/* The points from `first` on, as many as there are lanes. Returns how many were proved. */
static size_t sum_points(const struct sums *sums, size_t first)
{
    struct batch *batch = sums->batch;
    size_t inputs = batch->inputs, left = batch->points - first, done = 0;
    size_t points = left < SUPERPOSITION_LANES ? left : SUPERPOSITION_LANES;
    bool proved[SUPERPOSITION_LANES];
    find_values(sums->worker, first, points, sums->value);
    superposition_points(sums->superposition, points, sums->value, sums->result, proved, sums->room);
    for (size_t l = 0; l < points; l++) {
        if (!proved[l] || !has_numbers(batch->setting + (first + l) * inputs, inputs))
            continue;
        record_sum(sums, first + l, sums->result + l * batch->outputs);
        done++;
    }
    return done;
}

static size_t sum_all(const struct sums *common)
{
    struct batch *batch = common->batch;
    size_t blocks = (batch->points + SUPERPOSITION_LANES - 1) / SUPERPOSITION_LANES, done = 0, told = 0;
    int threads = threads_for(batch->threads, blocks);
    (void)threads;
#pragma omp parallel num_threads(threads) if (threads > 1) reduction(+ : done)
    {
        struct sums sums = *common;
        bool good = sums_begin(&sums);
#pragma omp for schedule(dynamic, 1)
        for (size_t b = 0; b < blocks; b++) {
            if (!good || interrupt_is_set(batch->interrupt))
                continue;
            size_t more = sum_points(&sums, b * SUPERPOSITION_LANES);
            done += more;
            tell(batch, &told, more);
        }
        free(sums.block);
        free(sums.room);
    }
    return done;
}

/* Points that are sums of the responses to the inputs, where these are sources of a linear circuit; others stay open.
 * False when memory is out. */
static bool superpose(struct worker *worker)
{
    struct batch *batch = worker->batch;
    struct engine copy = {0};
    struct superposition *superposition = NULL;
    double *largest = array_new(batch->inputs, sizeof *largest);
    bool done = largest;
    if (done && worker->source && !is_few(batch)) {
        find_largest(worker, largest);
        done = engine_copy(&copy, worker->engine);
        copy.full_figures = false;
        done = done && superposition_new(&superposition, &copy, (uint32_t)batch->inputs, worker->source, largest,
                                         batch->outputs, batch->output);
    }
    if (superposition) {
        const struct sums sums = {.superposition = superposition, .worker = worker, .batch = batch};
        batch->totals.points = sum_all(&sums);
        batch->totals.worst = superposition_certificate(superposition);
    }
    superposition_free(superposition);
    engine_free(&copy);
    free(largest);
    return done;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Are all inputs values of elements, or a temperature that only elements depend on? Copies of the circuit will do. */
static bool are_values(const struct worker *worker)
{
    const struct batch *batch = worker->batch;
    const struct session *session = worker->session;
    for (size_t q = 0; q < batch->inputs; q++) {
        bool is_temperature = worker->kind[q] == INPUT_TEMPERATURE && !flatten_saw_temperature(session->flat);
        if (batch->input[q] >= session->circuit.elements.count && !(is_temperature && !batch->gradient))
            return false;
    }
    return true;
}

static size_t count_chunks(const struct batch *batch, const struct circuit *circuit)
{
    double most = fmin((double)batch->points * circuit->elements.count / least_chunk_work,
                       (double)batch->points / LEAST_CHUNK_POINTS);
    size_t chunks = (size_t)fmin(MOST_CHUNKS, most);
    return chunks > 0 ? chunks : 1;
}

static void run_copies(const struct worker *worker, struct chunk *chunk, size_t chunks)
{
    size_t points = worker->batch->points, done = worker->batch->totals.points;
    int threads = threads_for(worker->batch->threads, chunks);
    (void)threads;
    for (size_t c = 0; c < chunks; c++) {
        chunk[c].begin = points / chunks * c + points % chunks * c / chunks;
        chunk[c].end = points / chunks * (c + 1) + points % chunks * (c + 1) / chunks;
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t c = 0; c < chunks; c++)
        run_copy(*worker, &chunk[c], &done);
}

/* By the session itself, whose inputs get back what they had. */
static void run_own(struct worker *worker, struct chunk *chunk, struct diagnostics *diagnostics)
{
    struct session *session = worker->session;
    const struct batch *batch = worker->batch;
    struct input_before *before = array_new(batch->inputs, sizeof *before);
    bool full = session->engine.full_figures;
    size_t done = 0;
    chunk->end = batch->points;
    chunk->no_memory = !before || !worker_begin(worker) ||
                       !named_inputs_hold(session, batch->inputs, batch->input, before);
    if (!chunk->no_memory) {
        engine_restart(&session->engine);
        session->engine.full_figures = false;
        run_points(worker, chunk, &done);
        session->engine.full_figures = full;
        engine_restart(&session->engine);
        named_inputs_release(session, batch->inputs, before);
        session->inputs.is_stale = true;
    }
    session_report(session, diagnostics);
    derivatives_free(&worker->derivatives);
    free(before);
}

/* No numbers for a point without an answer. */
static void leave_open(const struct batch *batch, size_t point)
{
    for (size_t o = 0; o < batch->outputs; o++)
        batch->result[point * batch->outputs + o] = NAN;
    for (size_t g = 0; batch->gradient && g < batch->outputs * batch->inputs; g++)
        batch->gradient[point * batch->outputs * batch->inputs + g] = NAN;
}

/* What is said of the first point that has failed. False when memory was out. */
static bool conclude(struct batch *batch, const struct chunk *chunk, size_t chunks, struct diagnostics *diagnostics)
{
    const struct chunk *first = chunk;
    bool done = true;
    for (size_t c = 0; c < chunks; c++) {
        done = done && !chunk[c].no_memory;
        totals_add(&batch->totals, &chunk[c].totals);
        first = chunk[c].first_failed < first->first_failed ? &chunk[c] : first;
    }
    if (first->first_failed < SIZE_MAX) {
        diagnostics_append(diagnostics, &first->diagnostics);
        diagnose(diagnostics, NOTE, NULL, 0, "at point %zu of a batch, counted from 0", first->first_failed);
    }
    return done && !diagnostics->out_of_memory;
}

/* Where laws are not straight but there is one operating point alone, points are done from neighbour to neighbour;
 * *order is free()d by the caller. False when memory is out. */
static bool find_order(struct worker *worker, size_t **order)
{
    const struct batch *batch = worker->batch;
    if (worker->is_own || worker->session->circuit.n_laws == 0 || !engine_has_one_point(worker->engine))
        return true;
    worker->order = *order = array_new(batch->points, sizeof **order);
    return *order && batch_order(batch->points, batch->inputs, batch->setting, *order);
}

bool batch_run(struct batch *batch, struct session *session, struct diagnostics *diagnostics)
{
    size_t chunks = count_chunks(batch, &session->circuit);
    struct chunk *chunk = array_new(chunks, sizeof *chunk);
    enum input_kind *kind = array_new(batch->inputs, sizeof *kind);
    uint32_t *source = array_new(batch->inputs, sizeof *source);
    double *multiple = array_new(batch->inputs, sizeof *multiple);
    size_t *order = NULL;
    struct worker worker = {.batch = batch, .session = session, .engine = &session->engine, .kind = kind};
    bool done = chunk && kind && source && multiple;
    for (size_t c = 0; done && c < chunks; c++)
        chunk[c].first_failed = SIZE_MAX;
    for (size_t q = 0; done && q < batch->inputs; q++)
        kind[q] = named_inputs_kind(session, batch->input[q]);
    worker.is_own = done && !are_values(&worker);
    if (done && are_sources(&worker, source)) {
        worker.source = source;
        worker.multiple = multiple;
    }
    for (size_t q = 0; worker.source && q < batch->inputs; q++)
        multiple[q] = circuit_multiple(&session->circuit, source[q]);
    if (worker.is_own)
        chunks = 1;
    if (done && worker.is_own)
        run_own(&worker, chunk, diagnostics);
    else if (done && (done = superpose(&worker) && find_order(&worker, &order)))
        run_copies(&worker, chunk, chunks);
    if (done)
        done = conclude(batch, chunk, chunks, diagnostics);
    for (size_t p = 0; p < batch->points; p++)
        if (batch->state[p] != BATCH_SOLVED)
            leave_open(batch, p);
    for (size_t c = 0; chunk && c < chunks; c++)
        diagnostics_free(&chunk[c].diagnostics);
    free(chunk);
    free(kind);
    free(source);
    free(multiple);
    free(order);
    return done;
}

#include "analysis/totals.h"

static void add_isolation(struct isolation *all, const struct isolation *one)
{
    bool is_first = all->status == ISOLATION_UNASKED;
    if (one->status == ISOLATION_UNASKED || (!is_first && all->status != ISOLATION_SHOWN))
        return;
    if (is_first || one->status != ISOLATION_SHOWN) {
        *all = *one;
        return;
    }
    all->volts = one->volts < all->volts ? one->volts : all->volts;
    all->amperes = one->amperes < all->amperes ? one->amperes : all->amperes;
    all->error = one->error > all->error ? one->error : all->error;
}

static void add_class(struct totals *totals, enum engine_class class, enum engine_stability stability)
{
    totals->class = class > totals->class ? class : totals->class;
    totals->stability = stability > totals->stability ? stability : totals->stability;
    if (totals->class == ENGINE_NONE)
        totals->stability = ENGINE_UNTESTED;
}

static void add_certificate(struct totals *totals, size_t points, const struct certificate *proof)
{
    if (points > 0 && (totals->points == 0 || certificate_worse(proof, &totals->worst)))
        totals->worst = *proof;
    totals->points += points;
}

void totals_add_point(struct totals *totals, const struct engine *engine)
{
    add_certificate(totals, engine->answered, &engine->certificate);
    if (engine->answered) {
        add_class(totals, engine_class(engine), engine_stability(engine));
        add_isolation(&totals->isolation, &engine->isolation);
    }
    totals->lower += engine->seconds_lower;
    totals->solve += engine->seconds_solve;
    totals->recover += engine->seconds_recover;
    totals->prove += engine->seconds_prove;
}

void totals_add_info(struct totals *totals, const struct solve_info *info)
{
    struct solve_info *sum = &totals->info;
    sum->linear = info->linear > sum->linear ? info->linear : sum->linear;
    sum->nonzeros = info->nonzeros > sum->nonzeros ? info->nonzeros : sum->nonzeros;
    sum->fill = info->fill > sum->fill ? info->fill : sum->fill;
    sum->sweeps += info->sweeps;
    sum->factorisations += info->factorisations;
    sum->analyses += info->analyses;
    sum->outer += info->outer;
    sum->setup += info->setup;
    sum->first += info->first;
    sum->corrections += info->corrections;
}

void totals_forget_names(struct totals *totals)
{
    totals->worst.kcl_node = totals->worst.law_element = CERTIFICATE_NONE;
    totals->isolation.element = ISOLATION_NONE;
}

void totals_add(struct totals *totals, const struct totals *more)
{
    add_certificate(totals, more->points, &more->worst);
    add_class(totals, more->class, more->stability);
    add_isolation(&totals->isolation, &more->isolation);
    totals->lower += more->lower;
    totals->solve += more->solve;
    totals->recover += more->recover;
    totals->prove += more->prove;
    totals_add_info(totals, &more->info);
}

#include "drn/settings.h"

#include "drn/option_text.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_LIMIT = DRN_LAYERS + 1 };

/* ---- the paper's networks ----------------------------------------------------------------------------------- */

/* Source: Scellier 2024, table of hyperparameters of the experiments on MNIST. */
static const struct {
    const char *name, *layers, *input_gain, *iterations, *beta, *lr, *lr_bias, *epochs;
} models[] = {
    {"drn-xs", "1568,100,10", "100", "4", "1", "0.006", "", "10"},
    {"drn-1h", "1568,1024,10", "480", "4", "1", "0.006", "", "50"},
    {"drn-xl", "1568,32768,10", "800", "4", "1", "0.006", "", "100"},
    {"drn-2h", "1568,1024,1024,10", "2000", "5", "1", "0.002,0.006,0.018", "", "50"},
    {"drn-3h", "1568,1024,1024,1024,10", "4000", "6", "2", "0.005,0.02,0.08,0.005", "0.0005,0.002,0.008,0.0005", "50"},
};

void settings_init(struct drn_settings *settings)
{
    *settings = (struct drn_settings){
        .batch = 4, .decay = 0.99, .weight_gain = 1, .amplifier = 1, .relaxation = 1, .adam = {0.9, 0.999, 1e-8}};
    diode_init(&settings->diode);
    settings_set(settings, "model", "drn-1h");
}

static const char *set_model(struct drn_settings *settings, const char *name)
{
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        if (strcmp(name, models[m].name) != 0 && strcmp(name, models[m].name + strlen("drn-")) != 0)
            continue;
        settings->bias_rates_given = false;
        settings_set(settings, "layers", models[m].layers);
        settings_set(settings, "input-gain", models[m].input_gain);
        settings_set(settings, "iterations", models[m].iterations);
        settings_set(settings, "beta", models[m].beta);
        settings_set(settings, "lr", models[m].lr);
        if (*models[m].lr_bias)
            settings_set(settings, "lr-bias", models[m].lr_bias);
        settings_set(settings, "epochs", models[m].epochs);
        return NULL;
    }
    return "is drn-xs, drn-1h, drn-2h, drn-3h or drn-xl";
}

/* ---- lists ---------------------------------------------------------------------------------------------------- */

/* A list of whole numbers, separated by commas. False when it is none. */
static bool read_whole_list(const char *text, uint64_t most, uint64_t list[LIST_LIMIT], size_t *count)
{
    for (*count = 0; *count < LIST_LIMIT; text++) {
        if (!option_text_whole(&text, most, &list[(*count)++]))
            return false;
        if (*text != ',')
            return *text == '\0';
    }
    return false;
}

static bool read_list(const char *text, double list[LIST_LIMIT], size_t *count)
{
    for (*count = 0; *count < LIST_LIMIT; text++) {
        if (!option_text_number(&text, &list[(*count)++]))
            return false;
        if (*text != ',')
            return *text == '\0';
    }
    return false;
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static const char *set_layers(struct drn_settings *settings, const char *value)
{
    struct drn_stack stack;
    const char *rule = drn_stack_read(&stack, value, settings->rule, sizeof settings->rule);
    if (!rule)
        settings->stack = stack;
    return rule;
}

static const char *set_iterations(struct drn_settings *settings, const char *value)
{
    uint64_t list[LIST_LIMIT];
    size_t count;
    if (!read_whole_list(value, 100000, list, &count) || count > 2 || list[0] == 0 || list[count - 1] == 0)
        return "is a number from 1, or two: of the free phase, of the nudged ones";
    settings->free_iterations = (size_t)list[0];
    settings->nudged_iterations = (size_t)list[count - 1];
    return NULL;
}

/* A rate for all layers, or one for each; the last given one is repeated. */
static const char *set_rates(double rate[DRN_LAYERS + 1], const char *value)
{
    double list[LIST_LIMIT];
    size_t count;
    if (!read_list(value, list, &count) || count > DRN_LAYERS)
        return "is a number, or a list with one for each layer of weights";
    rate[0] = (double)count; /* how many were given, for settings_complete */
    for (size_t k = 1; k <= DRN_LAYERS; k++)
        rate[k] = list[k <= count ? k - 1 : count - 1];
    return NULL;
}

static const char *set_number(double *number, const char *value, double least, double most, const char *rule)
{
    double got;
    if (!option_text_number(&value, &got) || *value || got < least || got > most)
        return rule;
    *number = got;
    return NULL;
}

static const char *set_signed(double *number, const char *value, double most, const char *rule)
{
    double got;
    if (!option_text_signed(&value, &got) || *value || got < -most || got > most)
        return rule;
    *number = got;
    return NULL;
}

static const char *set_whole(size_t *number, const char *value, uint64_t least, uint64_t most, const char *rule)
{
    uint64_t got;
    if (!option_text_whole(&value, most, &got) || *value || got < least)
        return rule;
    *number = (size_t)got;
    return NULL;
}

/* The place of a word in a list, into *choice. */
static const char *set_choice(int *choice, const char *value, const char *const *words, const char *rule)
{
    for (int w = 0; words[w]; w++) {
        if (strcmp(value, words[w]) == 0) {
            *choice = w;
            return NULL;
        }
    }
    return rule;
}

static const char *const variants[] = {"centered", "positive", "negative", NULL};
static const char *const optimisers[] = {"sgd", "adam", NULL};
static const char *const gradients[] = {"ep", "exact", "coupled", NULL};
static const char *const answers[] = {"yes", "no", NULL};

const char *settings_rule(const struct drn_settings *settings)
{
    return gradients[settings->gradient];
}

static const char *set_words(struct drn_settings *settings, const char *option, const char *value)
{
    int choice = 0;
    const char *wrong;
    if (strcmp(option, "variant") == 0) {
        wrong = set_choice(&choice, value, variants, "is centered, positive or negative");
        if (!wrong)
            settings->variant = (enum drn_variant)choice;
    } else if (strcmp(option, "optimiser") == 0) {
        wrong = set_choice(&choice, value, optimisers, "is sgd (gradient descent) or adam");
        if (!wrong)
            settings->optimiser = (enum drn_optimiser)choice;
    } else if (strcmp(option, "differential") == 0) {
        wrong = set_choice(&choice, value, answers, "is yes or no");
        if (!wrong)
            settings->differential = choice == 0;
    } else if (strcmp(option, "shuffle") == 0) {
        wrong = set_choice(&choice, value, answers, "is yes or no");
        if (!wrong)
            settings->in_order = choice;
    } else {
        wrong = set_choice(&choice, value, gradients,
                           "is ep (equilibrium propagation), coupled (coupled learning) or exact (the adjoint)");
        if (!wrong)
            settings->gradient = (enum drn_gradient)choice;
    }
    return wrong;
}

static const char *set_adam(struct drn_settings *settings, const char *value)
{
    double list[LIST_LIMIT];
    size_t count;
    if (!read_list(value, list, &count) || count != 3 || list[0] >= 1 || list[1] >= 1 || list[2] < 1e-20)
        return "is a list of two numbers from 0 to below 1 and one from 1e-20, such as 0.9,0.999,1e-8";
    memcpy(settings->adam, list, sizeof settings->adam);
    return NULL;
}

/* 0, or from 2 to what single precision tells apart. */
static const char *set_levels(struct drn_settings *settings, const char *value)
{
    uint64_t got;
    if (!option_text_whole(&value, 65536, &got) || *value || got == 1)
        return "is 0 (any value) or a number from 2 to 65536";
    settings->levels = (size_t)got;
    return NULL;
}

static const char *set_seed(struct drn_settings *settings, const char *value)
{
    uint64_t got;
    if (!option_text_whole(&value, UINT64_MAX, &got) || *value)
        return "is a whole number";
    settings->seed = got;
    return NULL;
}

static const char *set_tolerance(struct drn_settings *settings, const char *value)
{
    return set_number(&settings->tolerance, value, 1e-6, 0.1, "is a number from 1e-6 (what float32 can tell) to 0.1");
}

const char *settings_set(struct drn_settings *settings, const char *option, const char *value)
{
    enum { LARGE = 1000000 };
#define IS(name) (strcmp(option, name) == 0)
    if (IS("model"))
        return set_model(settings, value);
    if (IS("layers"))
        return set_layers(settings, value);
    if (IS("iterations"))
        return set_iterations(settings, value);
    if (IS("tolerance"))
        return set_tolerance(settings, value);
    if (IS("relaxation"))
        return set_number(&settings->relaxation, value, 0.05, 1.95, "is a number from 0.05 to 1.95");
    if (IS("lr"))
        return set_rates(settings->rate, value);
    if (IS("lr-bias")) {
        settings->bias_rates_given = true;
        return set_rates(settings->bias_rate, value);
    }
    if (IS("input-gain"))
        return set_number(&settings->input_gain, value, 1e-6, 1e9, "is a number of volts from 1e-6 to 1e9");
    if (IS("input-offset"))
        return set_signed(&settings->input_offset, value, 1e9, "is a number of volts from -1e9 to 1e9");
    if (IS("beta"))
        return set_number(&settings->beta, value, 1e-6, 1e6, "is a number from 1e-6 to 1e6");
    if (IS("decay"))
        return set_number(&settings->decay, value, 0, 1, "is a factor from 0 to 1");
    if (IS("momentum"))
        return set_number(&settings->momentum, value, 0, 0.9999, "is a number from 0 to below 1");
    if (IS("adam"))
        return set_adam(settings, value);
    if (IS("floor"))
        return set_number(&settings->floor, value, 0, 1e6, "is a conductance from 0 to 1e6");
    if (IS("ceiling"))
        return set_number(&settings->ceiling, value, 0, 1e6, "is a conductance up to 1e6, or 0 (none)");
    if (IS("levels"))
        return set_levels(settings, value);
    if (IS("noise"))
        return set_number(&settings->noise, value, 0, 10, "is a number from 0 to 10");
    if (IS("amplifier"))
        return set_number(&settings->amplifier, value, 0.1, 10, "is a gain from 0.1 to 10");
    if (IS("outputs"))
        return set_whole(&settings->outputs, value, 2, 512, "is a number from 2 to 512");
    if (IS("weight-gain"))
        return set_number(&settings->weight_gain, value, 1e-6, 1e6, "is a number from 1e-6 to 1e6");
    if (IS("batch"))
        return set_whole(&settings->batch, value, 1, DRN_BATCH_LIMIT, "is a number from 1 to 1024");
    if (IS("epochs"))
        return set_whole(&settings->epochs, value, 0, LARGE, "is a number from 0 to 1000000");
    if (IS("audit"))
        return set_whole(&settings->audit, value, 0, LARGE, "is a number of samples from 0 to 1000000");
    if (IS("threads"))
        return set_whole(&settings->threads, value, 0, 1024, "is a number from 0 (one for each processor) to 1024");
    if (IS("seed"))
        return set_seed(settings, value);
    if (IS("variant") || IS("optimiser") || IS("gradient") || IS("shuffle") || IS("differential"))
        return set_words(settings, option, value);
#undef IS
    bool known;
    const char *wrong = diode_set(&settings->diode, option, value, &known);
    return known ? wrong : "is no option";
}

/* Double the outputs, where they are to be pairs. */
static const char *take_outputs(struct drn_settings *settings)
{
    size_t *last = &settings->stack.units[settings->stack.layers];
    if (settings->outputs == 0 || settings->outputs == *last)
        return NULL;
    if (settings->outputs != 2 * *last)
        return "outputs is neither the number of classes, the last of layers, nor twice that";
    settings->pairs = true;
    *last = settings->outputs;
    return NULL;
}

const char *settings_complete(struct drn_settings *settings)
{
    size_t given = (size_t)settings->rate[0], bias_given = (size_t)settings->bias_rate[0];
    if (given > 1 && given != settings->stack.layers)
        return "lr has another number of rates than there are layers of weights";
    if (settings->bias_rates_given && bias_given > 1 && bias_given != settings->stack.layers)
        return "lr-bias has another number of rates than there are layers of biases";
    if (settings->optimiser == DRN_ADAM && settings->momentum > 0)
        return "momentum is gradient descent's; adam has moments of its own";
    if (settings->ceiling > 0 && settings->ceiling <= settings->floor)
        return "ceiling is not above the floor";
    if (settings->levels > 0 && settings->ceiling == 0)
        return "levels lie between a floor and a ceiling: there is no ceiling";
    const char *rule = take_outputs(settings);
    if (rule)
        return rule;
    if (!settings->bias_rates_given)
        memcpy(settings->bias_rate, settings->rate, sizeof settings->rate);
    return diode_complete(&settings->diode);
}

/* ---- settings as text --------------------------------------------------------------------------------------- */

static void write_number(const char *option, double number, FILE *file)
{
    fprintf(file, "%s=", option);
    option_text_put(number, file);
    fputc('\n', file);
}

static void write_list(const char *option, const double *list, size_t count, FILE *file)
{
    fprintf(file, "%s=", option);
    for (size_t n = 0; n < count; n++) {
        option_text_put(list[n], file);
        fputc(n + 1 < count ? ',' : '\n', file);
    }
}

void settings_write(const struct drn_settings *settings, FILE *file)
{
    fputs("layers=", file);
    struct drn_stack stack = settings->stack;
    if (settings->pairs)
        stack.units[stack.layers] /= 2;
    drn_stack_write(&stack, file);
    fputc('\n', file);
    if (settings->pairs)
        fprintf(file, "outputs=%zu\n", settings->outputs);
    fprintf(file, "iterations=%zu,%zu\n", settings->free_iterations, settings->nudged_iterations);
    if (settings->tolerance > 0)
        write_number("tolerance", settings->tolerance, file);
    if (settings->relaxation != 1)
        write_number("relaxation", settings->relaxation, file);
    diode_write(&settings->diode, file);
    write_number("input-gain", settings->input_gain, file);
    if (settings->input_offset != 0) {
        fputs("input-offset=", file);
        option_text_put_signed(settings->input_offset, file);
        fputc('\n', file);
    }
    write_number("beta", settings->beta, file);
    write_list("lr", settings->rate + 1, settings->stack.layers, file);
    write_list("lr-bias", settings->bias_rate + 1, settings->stack.layers, file);
    write_number("decay", settings->decay, file);
    write_number("momentum", settings->momentum, file);
    fprintf(file, "optimiser=%s\n", optimisers[settings->optimiser]);
    write_list("adam", settings->adam, sizeof settings->adam / sizeof *settings->adam, file);
    write_number("floor", settings->floor, file);
    write_number("ceiling", settings->ceiling, file);
    fprintf(file, "levels=%zu\n", settings->levels);
    write_number("noise", settings->noise, file);
    write_number("weight-gain", settings->weight_gain, file);
    if (settings->differential)
        fputs("differential=yes\n", file);
    if (settings->amplifier != 1)
        write_number("amplifier", settings->amplifier, file);
    fprintf(file, "variant=%s\ngradient=%s\nshuffle=%s\n", variants[settings->variant], gradients[settings->gradient],
            answers[settings->in_order]);
    fprintf(file, "batch=%zu\nepochs=%zu\naudit=%zu\nthreads=%zu\nseed=%" PRIu64 "\n", settings->batch,
            settings->epochs,
            settings->audit, settings->threads, settings->seed);
}

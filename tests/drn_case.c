#include "drn_case.h"

#include "assertions.h"
#include <stdint.h>

void drn_case_make(struct drn_trainer *trainer, struct drn_settings *settings, struct drn_dataset *data,
                   const char *layers)
{
    enum { PIXELS = 70, SAMPLES = 9 };
    static uint8_t pixel[SAMPLES * PIXELS], label[SAMPLES];
    struct random random = random_from(5);
    for (size_t n = 0; n < SAMPLES * PIXELS; n++)
        pixel[n] = random_uniform(&random) < 0.2 ? 0 : (uint8_t)(127 * (1 + random_uniform(&random)));
    for (size_t n = 0; n < SAMPLES; n++)
        label[n] = (uint8_t)(n % 5);
    *data = (struct drn_dataset){SAMPLES, 1, 7, 10, pixel, label};
    ck_assert_ptr_null(settings_set(settings, "layers", layers));
    ck_assert_ptr_null(settings_set(settings, "input-gain", "100"));
    ck_assert_ptr_null(settings_set(settings, "lr", "0.001"));
    ck_assert_ptr_null(settings_set(settings, "beta", "0.1"));
    ck_assert_ptr_null(settings_set(settings, "batch", "9"));
    ck_assert_ptr_null(settings_set(settings, "tolerance", "1e-6"));
    ck_assert_ptr_null(settings_set(settings, "threads", "1"));
    ck_assert_ptr_null(settings_complete(settings));
    ck_assert(trainer_new(trainer, settings, data));
}

#include "circuit/measured.h"

bool measured_model(struct models *models, struct model *model, const struct arg *file, struct diagnostics *diagnostics)
{
    (void)models;
    diagnose(diagnostics, SEVERITY_ERROR, file->text, file->length, "tables are not there yet");
    model->kind = MODEL_WRONG;
    return true;
}

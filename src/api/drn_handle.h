/* What stands behind the handle of a deep resistive network. */
#ifndef OPSPICE_DRN_HANDLE_H
#define OPSPICE_DRN_HANDLE_H

#include "opspice_drn.h"

#include "drn/history.h"
#include "drn/trainer.h"

enum { DRN_VECTORS = sizeof(struct drn_record) / sizeof(double) };

struct opspice_drn {
    struct drn_settings settings;
    struct drn_dataset train, test;
    bool read, begun;
    struct drn_trainer trainer; /* valid when begun, and so on */
    struct drn_tester tester;
    struct drn_history history;
    opspice_drn_progress progress;
    opspice_drn_gradient *rows; /* [2 layers] of the last check */
    opspice_drn_audit_row *audit; /* that was last asked for */
    opspice_vector vector[DRN_VECTORS]; /* that were asked for */
    char message[1024];
};

/* Keep a message, which begins with no capital and ends without a full stop; returns the status. */
__attribute__((format(printf, 3, 4)))
int drn_fail(opspice_drn *drn, int status, const char *format, ...);

/* Forget the last message; returns OPSPICE_OK. */
int drn_done(opspice_drn *drn);

/* Memory is out; there is no network yet. */
int drn_no_memory(opspice_drn *drn);
int drn_not_begun(opspice_drn *drn);

/* The status of what equilibria came to. */
int drn_trained(opspice_drn *drn, enum train_status status);

/* Do the data of training and test fit together? Where not, both are freed. */
int drn_take_data(opspice_drn *drn, int status, const char *name);

#endif

/* Codes of diagnostics: the kinds there are, each with its severity and a permanent name, by which programs know it.
 * A name is never given to another kind; man/opspice-diagnostics.7 says what each means, and a test compares the
 * two. */
#ifndef OPSPICE_CODES_H
#define OPSPICE_CODES_H

enum severity {
    SEVERITY_NOTE,    /* belongs to the diagnostic before it */
    SEVERITY_WARNING, /* an answer is still given */
    SEVERITY_ERROR,   /* the netlist is wrong */
    SEVERITY_OUTCOME, /* the netlist is right, but has no operating point, or none was proved; printed as an error */
    SEVERITY_FAILURE  /* the system failed: a file that a script writes; printed as an error */
};

/* The table: SEVERITY(IDENTIFIER, name). WARNING(A, "b") is the code WARNING_A, which programs know as "b". */
#define DIAGNOSTIC_CODES(WARNING, ERROR, OUTCOME, FAILURE)                                                             \
    /* text, files, blocks */                                                                                          \
    ERROR(SYNTAX, "syntax")                                                                                            \
    ERROR(NUL_BYTE, "nul-byte")                                                                                        \
    ERROR(UNKNOWN_CARD, "unknown-card")                                                                                \
    ERROR(NOT_SUPPORTED, "not-supported")                                                                              \
    ERROR(NOTHING_TO_CONTINUE, "nothing-to-continue")                                                                  \
    ERROR(PATH, "path")                                                                                                \
    ERROR(CANNOT_READ, "cannot-read")                                                                                  \
    FAILURE(CANNOT_READ_NETLIST, "cannot-read-netlist")                                                                \
    ERROR(INCLUDE_LOOP, "include-loop")                                                                                \
    ERROR(INCLUDE_LIMIT, "include-limit")                                                                              \
    ERROR(LIBRARY_SECTION, "library-section")                                                                          \
    ERROR(UNKNOWN_SECTION, "unknown-section")                                                                          \
    WARNING(TITLE_LOOKS_LIKE_ELEMENT, "title-looks-like-element")                                                      \
    WARNING(TITLE_CONTINUED, "title-continued")                                                                        \
    WARNING(BLOCK_NOT_CLOSED, "block-not-closed")                                                                      \
    WARNING(CLOSES_NOTHING, "closes-nothing")                                                                          \
    WARNING(PARENTHESIS, "parenthesis")                                                                                \
    WARNING(UNREAD_CARD, "unread-card")                                                                                \
    WARNING(NOT_A_CARD, "not-a-card")                                                                                  \
    WARNING(WORD_LEFT_OUT, "word-left-out")                                                                            \
    WARNING(NO_LIBRARY, "no-library")                                                                                  \
    WARNING(ANALYSIS_NOT_RUN, "analysis-not-run")                                                                      \
    /* numbers and expressions */                                                                                      \
    ERROR(EXPRESSION, "expression")                                                                                    \
    ERROR(EXPRESSION_LIMIT, "expression-limit")                                                                        \
    ERROR(UNKNOWN_NAME, "unknown-name")                                                                                \
    ERROR(NOT_FINITE, "not-finite")                                                                                    \
    ERROR(OUT_OF_RANGE, "out-of-range")                                                                                \
    ERROR(VALUE_EXPECTED, "value-expected")                                                                            \
    WARNING(NUMBER_READ_AS_SPICE, "number-read-as-spice")                                                              \
    WARNING(ONE_ARGUMENT, "one-argument")                                                                              \
    WARNING(ARGUMENT_PASSED_OVER, "argument-passed-over")                                                              \
    WARNING(SIGN_BEFORE_POWER, "sign-before-power")                                                                    \
    WARNING(RANDOM_SEED, "random-seed")                                                                                \
    /* definitions and instances */                                                                                    \
    ERROR(PARAMETER, "parameter")                                                                                      \
    ERROR(PARAMETER_LOOP, "parameter-loop")                                                                            \
    ERROR(PORT_COUNT, "port-count")                                                                                    \
    ERROR(SUBCIRCUIT_NOT_CLOSED, "subcircuit-not-closed")                                                              \
    ERROR(SUBCIRCUIT_LOOP, "subcircuit-loop")                                                                          \
    ERROR(SUBCIRCUIT_DEPTH, "subcircuit-depth")                                                                        \
    ERROR(UNKNOWN_SUBCIRCUIT, "unknown-subcircuit")                                                                    \
    ERROR(DUPLICATE_INSTANCE, "duplicate-instance")                                                                    \
    ERROR(MULTIPLIER, "multiplier")                                                                                    \
    ERROR(DEFINITION, "definition")                                                                                    \
    ERROR(CIRCUIT_TOO_LARGE, "circuit-too-large")                                                                      \
    WARNING(DUPLICATE_SUBCIRCUIT, "duplicate-subcircuit")                                                              \
    WARNING(DUPLICATE_MODEL, "duplicate-model")                                                                        \
    WARNING(DUPLICATE_PARAMETER, "duplicate-parameter")                                                                \
    WARNING(PORT_NOT_CONNECTED, "port-not-connected")                                                                  \
    WARNING(ENDS_OF_ANOTHER, "ends-of-another")                                                                        \
    WARNING(CARD_IN_SUBCIRCUIT, "card-in-subcircuit")                                                                  \
    WARNING(UNKNOWN_INSTANCE_PARAMETER, "unknown-instance-parameter")                                                  \
    /* elements and models */                                                                                          \
    ERROR(NO_ELEMENTS, "no-elements")                                                                                  \
    ERROR(NO_GROUND, "no-ground")                                                                                      \
    ERROR(DUPLICATE_ELEMENT, "duplicate-element")                                                                      \
    ERROR(UNEXPECTED_WORD, "unexpected-word")                                                                          \
    ERROR(UNKNOWN_MODEL, "unknown-model")                                                                              \
    ERROR(MODEL_TYPE, "model-type")                                                                                    \
    ERROR(UNKNOWN_CONTROL, "unknown-control")                                                                          \
    ERROR(MODEL_VALUE, "model-value")                                                                                  \
    ERROR(WAVEFORM, "waveform")                                                                                        \
    ERROR(FALLING_CURRENT, "falling-current")                                                                          \
    ERROR(BEHAVIOUR, "behaviour")                                                                                      \
    ERROR(TABLE, "table")                                                                                              \
    ERROR(NODESET, "nodeset")                                                                                          \
    WARNING(UNKNOWN_MODEL_PARAMETER, "unknown-model-parameter")                                                        \
    WARNING(UNKNOWN_PARAMETER, "unknown-parameter")                                                                    \
    WARNING(ISR_WITHOUT_NR, "isr-without-nr")                                                                          \
    WARNING(ZERO_MULTIPLIER, "zero-multiplier")                                                                        \
    WARNING(DEFAULT_RESISTANCE, "default-resistance")                                                                  \
    WARNING(ZERO_RESISTANCE, "zero-resistance")                                                                        \
    WARNING(RISE_NOT_SHOWN, "rise-not-shown")                                                                          \
    WARNING(NODESET_OF_NO_NODE, "nodeset-of-no-node")                                                                  \
    WARNING(START_WITHOUT_VALUE, "start-without-value")                                                                \
    /* what is asked for */                                                                                            \
    ERROR(OPTION_VALUE, "option-value")                                                                                \
    ERROR(TEMPERATURE, "temperature")                                                                                  \
    ERROR(NOTHING_TO_RUN, "nothing-to-run")                                                                            \
    ERROR(SWEEP, "sweep")                                                                                              \
    ERROR(SWEEP_TOO_LARGE, "sweep-too-large")                                                                          \
    ERROR(SWEEP_CHANGES_CIRCUIT, "sweep-changes-circuit")                                                              \
    ERROR(TRANSFER, "transfer")                                                                                        \
    ERROR(MEASURE, "measure")                                                                                          \
    ERROR(UNKNOWN_ELEMENT, "unknown-element")                                                                          \
    ERROR(UNKNOWN_VECTOR, "unknown-vector")                                                                            \
    ERROR(VECTOR_INDEX, "vector-index")                                                                                \
    WARNING(UNKNOWN_OPTION, "unknown-option")                                                                          \
    WARNING(OPTION_LEFT_OUT, "option-left-out")                                                                        \
    WARNING(SEVERAL_TEMPERATURES, "several-temperatures")                                                              \
    WARNING(STEP_WITHOUT_EFFECT, "step-without-effect")                                                                \
    WARNING(SHOWS_NOTHING, "shows-nothing")                                                                            \
    WARNING(MEASURES_NOTHING, "measures-nothing")                                                                      \
    WARNING(MEASURE_FAILED, "measure-failed")                                                                          \
    /* scripts */                                                                                                      \
    ERROR(SCRIPT_BLOCK, "script-block")                                                                                \
    ERROR(SCRIPT_VARIABLE, "script-variable")                                                                          \
    ERROR(SCRIPT_COMMAND, "script-command")                                                                            \
    ERROR(RUNS_A_PROGRAM, "runs-a-program")                                                                            \
    ERROR(SCRIPT_FILE, "script-file")                                                                                  \
    WARNING(VARIABLE_VALUE, "variable-value")                                                                          \
    WARNING(NO_PLOT, "no-plot")                                                                                        \
    WARNING(COMMAND_WITHOUT_EFFECT, "command-without-effect")                                                          \
    FAILURE(CANNOT_WRITE, "cannot-write")                                                                              \
    /* the answer */                                                                                                   \
    OUTCOME(SOURCE_ON_ONE_NODE, "source-on-one-node")                                                                  \
    OUTCOME(SOURCE_LOOP, "source-loop")                                                                                \
    OUTCOME(FORCED_FORWARD, "forced-forward")                                                                          \
    OUTCOME(NO_DC_PATH, "no-dc-path")                                                                                  \
    OUTCOME(NO_FINITE_CURRENT, "no-finite-current")                                                                    \
    OUTCOME(NOTHING_LIMITS, "nothing-limits")                                                                          \
    OUTCOME(NOT_CONVERGED, "not-converged")                                                                            \
    OUTCOME(SINGULAR, "singular")                                                                                      \
    OUTCOME(RESPONSE_NOT_UNIQUE, "response-not-unique")                                                                \
    OUTCOME(INTERRUPTED, "interrupted")                                                                                \
    WARNING(ZERO_SOURCE_ON_ONE_NODE, "zero-source-on-one-node")                                                        \
    WARNING(CURRENTS_NOT_UNIQUE, "currents-not-unique")                                                                \
    WARNING(FLOATING, "floating")                                                                                      \
    WARNING(NOT_DETERMINED, "not-determined")                                                                          \
    WARNING(NO_DERIVATIVE, "no-derivative")                                                                            \
    WARNING(UNSTABLE, "unstable")                                                                                      \
    /* files of reports */                                                                                             \
    ERROR(REPORT_FILE, "report-file")                                                                                  \
    FAILURE(CANNOT_READ_REPORT_FILE, "cannot-read-report-file")                                                        \
    WARNING(REPORT_UNUSED, "report-unused")

enum diagnostic_code {
#define WARNING_CODE(identifier, name) WARNING_##identifier,
#define ERROR_CODE(identifier, name) ERROR_##identifier,
#define OUTCOME_CODE(identifier, name) OUTCOME_##identifier,
#define FAILURE_CODE(identifier, name) FAILURE_##identifier,
    DIAGNOSTIC_CODES(WARNING_CODE, ERROR_CODE, OUTCOME_CODE, FAILURE_CODE)
#undef WARNING_CODE
#undef ERROR_CODE
#undef OUTCOME_CODE
#undef FAILURE_CODE
    DIAGNOSTIC_KINDS,
    NOTE = DIAGNOSTIC_KINDS /* belongs to the diagnostic before it, and has its code */
};

/* Its permanent name; code < DIAGNOSTIC_KINDS. */
const char *code_name(enum diagnostic_code code);

enum severity code_severity(enum diagnostic_code code);

#endif

/* opspice: the program. */
#include "program/message.h"
#include "program/opspice_command.h"
#include "program/process.h"

const char program_name[] = "opspice";

int main(int argc, char **argv)
{
    process_keep_memory();
    process_begin();
    process_be_single();
    return opspice_command(argc, argv);
}

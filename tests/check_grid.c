/* The suites that mpirun runs (grid.sh): all ranks do the same.
 *
 *     check_grid [CIRCUITS]     of each kind; 2 */
#include "dealt.h"
#include <stdlib.h>

struct ranks check_ranks;
int check_circuits = 2;

int main(int argc, char **argv)
{
    if (!ranks_begin(&check_ranks, &argc, &argv))
        return 1;
    if (argc > 1)
        check_circuits = atoi(argv[1]);
    SRunner *runner = srunner_create(share_suite());
    srunner_add_suite(runner, part_suite());
    srunner_add_suite(runner, grid_proof_suite());
    srunner_set_fork_status(runner, CK_NOFORK); /* a process that is a rank has no children that are */
    srunner_run_all(runner, check_ranks.rank == 0 ? CK_NORMAL : CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (failed > 0)
        ranks_end(1);
    ranks_finish();
    return 0;
}

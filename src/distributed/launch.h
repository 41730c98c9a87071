/* The ranks that the program was started as, by mpirun or srun. Part of the program, never of the
 * library: built with MPI (mpi.c) or without (no_mpi.c). */
#ifndef DG_DISTRIBUTED_LAUNCH_H
#define DG_DISTRIBUTED_LAUNCH_H

#include "distributed/ranks.h"

/* To be called once, before anything else. A process that was started alone stays alone: MPI is not
 * even initialised. Errors: INPUT if processes were started together, but cannot join. */
digress_status dg_ranks_join(void);
dg_ranks *dg_ranks_joined(void); /* NULL: alone */
/* At the end: returns the exit status, the highest of all ranks. A rank that fails without the
 * others' knowing (ranks->told) ends them too, and does not return. */
int dg_ranks_leave(int exit_status);

#endif

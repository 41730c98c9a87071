/* Every call of MPI. */
#include "distributed/launch.h"

#include "core/memory.h"
#include "distributed/patience.h"
#include <mpi.h>
#include <stdlib.h>

enum { PIECE = 1 << 30 }; /* bytes of a message: MPI counts in int */

/* Room for the messages of an exchange. */
typedef struct mailbox {
    dg_ranks ranks;
    MPI_Request *requests; /* [2 * count] */
} mailbox;

static size_t piece_of(dg_part part, size_t done) {
    if (part.size <= done) return 0;
    return part.size - done < PIECE ? part.size - done : PIECE;
}

/* One piece from and to each other rank. Returns whether there was any. */
static bool exchange_pieces(mailbox *mail, const char *from, const dg_part *send, char *to,
                            const dg_part *receive, size_t done) {
    const dg_ranks *ranks = &mail->ranks;
    int requests = 0;
    for (size_t step = 1; step < ranks->count; step++) {
        const size_t source = (ranks->rank + ranks->count - step) % ranks->count;
        const size_t size = piece_of(receive[source], done);
        if (size > 0)
            MPI_Irecv(to + receive[source].first + done, (int)size, MPI_BYTE, (int)source, 0,
                      MPI_COMM_WORLD, &mail->requests[requests++]);
    }
    for (size_t step = 1; step < ranks->count; step++) {
        const size_t target = (ranks->rank + step) % ranks->count;
        const size_t size = piece_of(send[target], done);
        if (size > 0)
            MPI_Isend(from + send[target].first + done, (int)size, MPI_BYTE, (int)target, 0,
                      MPI_COMM_WORLD, &mail->requests[requests++]);
    }
    dg_patience_begin();
    for (int k = 0; k < requests; k++)
        MPI_Wait(&mail->requests[k], MPI_STATUS_IGNORE);
    dg_patience_end();
    return requests > 0;
}

/* MPI ends all processes itself if it fails: its errors are fatal by default. */
static digress_status exchange(void *context, const void *from, const dg_part *send, void *to,
                               const dg_part *receive) {
    size_t done = 0;
    while (exchange_pieces(context, from, send, to, receive, done))
        done += PIECE;
    return DIGRESS_OK;
}

/* What a launcher tells the processes that it starts: Open MPI's, MPICH's, Slurm's. A batch script
 * of Slurm has SLURM_PROCID, but none of these: a program in it is alone. */
static bool was_launched(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (getenv(names[k])) return true;
    return false;
}

static void find_machine(dg_ranks *ranks) {
    int first = (int)ranks->rank, count = 1;
    MPI_Comm machine;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, first, MPI_INFO_NULL, &machine);
    MPI_Bcast(&first, 1, MPI_INT, 0, machine);
    MPI_Comm_size(machine, &count);
    MPI_Comm_free(&machine);
    ranks->machine = (size_t)first;
    ranks->neighbours = (size_t)count;
}

static digress_status join(mailbox *mail) {
    int rank = 0, count = 1, provided = 0;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    const dg_wire wire = {exchange, mail};
    DG_TRY(dg_ranks_create((size_t)rank, (size_t)count, &wire, &mail->ranks));
    find_machine(&mail->ranks);
    DG_TRY(dg_allocate(2 * (size_t)count, sizeof(MPI_Request), (void *)&mail->requests));
    DG_TRY(dg_ranks_agree(&mail->ranks, dg_patience_set((size_t)rank)));
    if (count == 1 || provided >= MPI_THREAD_FUNNELED) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "this MPI allows a process no threads (MPI_THREAD_SINGLE): "
                    "use one that does");
}

/* One for the process, as MPI itself is. */
static mailbox *joined;

dg_ranks *dg_ranks_joined(void) {
    return joined ? &joined->ranks : NULL;
}

digress_status dg_ranks_join(void) {
    if (!was_launched()) return DIGRESS_OK;
    DG_TRY(dg_allocate(1, sizeof *joined, &joined));
    return join(joined);
}

int dg_ranks_leave(int exit_status) {
    dg_ranks *ranks = dg_ranks_joined();
    uint32_t all = (uint32_t)exit_status;
    if (!ranks) return exit_status;
    if (exit_status != 0 && !ranks->told && ranks->count > 1)
        MPI_Abort(MPI_COMM_WORLD, exit_status);
    if (ranks->count > 1 && dg_ranks_or(ranks, &all) == DIGRESS_OK)
        for (size_t r = 0; r < ranks->count; r++)
            if ((int)ranks->words[r] > exit_status) exit_status = (int)ranks->words[r];
    MPI_Finalize();
    free(joined->requests);
    dg_ranks_free(ranks);
    free(joined);
    joined = NULL;
    return exit_status;
}

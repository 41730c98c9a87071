/* Preloaded into a program (LD_PRELOAD), makes one call of it fail; see README.md.
 *
 *   FAULT_CALL   write, fsync, rename, close, open, mkdir, remove or alloc
 *   FAULT_AT     N: the N-th such call after the start of main fails; 0: none
 *   FAULT_COUNT  a file that gets the number of such calls when the program ends
 *
 * With FAULT_SIEVE, a file, all of FAULT_AT, FAULT_AT + FAULT_STEP, ... FAULT_TO fail in turn, each
 * in a process that is forked off at the start of main. That is quick, and looks at little: what
 * does not end with a line of error and all files as they were is listed as "N look", to be tried
 * by itself; an error that does not speak of memory as "N name". After a changed file it ends.
 *
 * The clock stands still, so that two runs write the same bytes. System calls are caught in the
 * kernel (seccomp), since stdio's own do not pass through the symbols of the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the registers of a system call are read as x86-64 has them"
#endif

static const struct {
    const char *name;
    int error;
    int calls[8]; /* ends with 0, which is SYS_read */
} faults[] = {
    {"write", ENOSPC, {SYS_write, SYS_pwrite64, SYS_writev, SYS_ftruncate, SYS_truncate}},
    {"fsync", EIO, {SYS_fsync, SYS_fdatasync, SYS_syncfs}},
    {"rename", EIO, {SYS_rename, SYS_renameat, SYS_renameat2}},
    {"close", EIO, {SYS_close}},
    {"open", EMFILE, {SYS_open, SYS_openat}},
    {"mkdir", EIO, {SYS_mkdir, SYS_mkdirat}},
    {"remove", EIO, {SYS_unlink, SYS_unlinkat, SYS_rmdir}},
    {"alloc", ENOMEM, {0}},
};
enum { FAULTS = sizeof faults / sizeof *faults, OURS = 0x5EA1 }; /* OURS: let this call pass */

static size_t chosen = FAULTS;
static long fault_at;
static atomic_long counted;
static atomic_bool allocations; /* are counted, and may fail */

static bool strikes(void) {
    return atomic_fetch_add(&counted, 1) + 1 == fault_at;
}

static void *asking[32]; /* the frames that asked for the allocation that failed */
static int asking_count;

static bool allocation_fails(void) {
    if (!atomic_load(&allocations) || !strikes()) return false;
    asking_count = backtrace(asking, 32);
    errno = ENOMEM;
    return true;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    return allocation_fails() ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return allocation_fails() ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
    return allocation_fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *block = allocation_fails() ? NULL : __libc_memalign(alignment, size);
    if (!block) return ENOMEM;
    *out = block;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    (void)clock;
    *out = (struct timespec){.tv_sec = 1000000};
    return 0;
}

/* Stands for the call that was caught: its result goes where the kernel would have put it. */
static void answer(int number, siginfo_t *info, void *context) {
    (void)number;
    int before = errno, call = info->si_syscall;
    long long *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    bool fails = strikes();
    if (!fails || call == SYS_close) {
        long result =
            syscall(call, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], (long)OURS);
        r[REG_RAX] = result < 0 ? -errno : result;
    }
    if (fails) r[REG_RAX] = -faults[chosen].error;
    errno = before;
}

static void catch_calls(const int *calls) {
    struct sock_filter code[16] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short used = 1, count = 0;
    while (calls[count])
        count++;
    for (unsigned short k = 0; k < count; k++)
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[k],
                                                    (unsigned char)(count - k), 0);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                offsetof(struct seccomp_data, args[5]));
    code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OURS, 0, 1);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    struct sock_fprog program = {used, code};
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGSYS, &action, NULL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        perror("fail_call: seccomp");
        _exit(99);
    }
}

/* Says on stderr whose allocation had failed when the program crashes. */
static void tell_frames(int number) {
    backtrace_symbols_fd(asking, asking_count, STDERR_FILENO);
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_crashes(void) {
    void *frames[1];
    backtrace(frames, 1); /* loads what it needs */
    signal(SIGSEGV, tell_frames);
    signal(SIGABRT, tell_frames);
}

static void start(void) {
    const char *name = getenv("FAULT_CALL"), *at = getenv("FAULT_AT");
    fault_at = at ? atol(at) : 0;
    for (size_t k = 0; name && k < FAULTS; k++)
        if (strcmp(name, faults[k].name) == 0) chosen = k;
    if (chosen == FAULTS) return;
    catch_crashes();
    if (faults[chosen].calls[0])
        catch_calls(faults[chosen].calls);
    else
        atomic_store(&allocations, true);
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("FAULT_COUNT");
    if (!path) return;
    atomic_store(&allocations, false);
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&counted));
    long file =
        syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666, 0, (long)OURS);
    syscall(SYS_write, file, text, length, 0, 0, (long)OURS);
}

static int (*real_main)(int, char **, char **);

/* ---- the sieve ---- */

static uint64_t tree; /* of the files in the working folder */

static int add_file(const char *path, const struct stat *about, int type, struct FTW *place) {
    (void)place;
    uint64_t mixed = type == FTW_D ? 0 : (uint64_t)about->st_ino * 31 + (uint64_t)about->st_size;
    if (type != FTW_D) mixed = mixed * 31 + (uint64_t)about->st_mtim.tv_nsec;
    for (const char *c = path; *c; c++)
        mixed = mixed * 1099511628211u + (unsigned char)*c;
    tree += mixed * 0x9E3779B97F4A7C15u; /* in any order */
    return 0;
}

static uint64_t look_at_tree(void) {
    tree = 0;
    nftw(".", add_file, 16, FTW_PHYS);
    return tree;
}

/* The one line "digress: ..." of a file; NULL where it is not one. */
static const char *error_line(const char *path) {
    static char text[4096];
    FILE *stream = fopen(path, "r");
    size_t size = stream ? fread(text, 1, sizeof text - 1, stream) : 0;
    if (stream) fclose(stream);
    text[size] = '\0';
    char *line = strstr(text, "digress: "), *end = line ? strchr(line, '\n') : NULL;
    if (!end || strstr(end, "digress: ")) return NULL;
    *end = '\0';
    return line;
}

/* Runs main in a process of its own, whose `at`-th call fails; its exit status, or -1. */
static int run_failing(long at, int argc, char **argv, char **environment) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int out = open("../sieve.out", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        int err = open("../sieve.err", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        close(out);
        close(err);
        alarm(60);
        start();
        fault_at = at;
        exit(real_main(argc, argv, environment));
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static long number_of(const char *variable) {
    const char *text = getenv(variable);
    return text ? atol(text) : 0;
}

static int sieve(FILE *list, int argc, char **argv, char **environment) {
    const long to = number_of("FAULT_TO"), step = number_of("FAULT_STEP");
    const uint64_t before = look_at_tree();
    bool same = true;
    for (long at = number_of("FAULT_AT"); same && at <= to; at += step) {
        int status = run_failing(at, argc, argv, environment);
        const char *line = error_line("../sieve.err");
        same = look_at_tree() == before;
        if (!same || !line || (status != 1 && status != 2))
            fprintf(list, "%ld look\n", at);
        else if (!strstr(line, "memory"))
            fprintf(list, "%ld name (exit status %d): %s\n", at, status, line);
        fflush(list); /* or the next process would write it again */
    }
    return fclose(list);
}

static int counted_main(int argc, char **argv, char **environment) {
    const char *path = getenv("FAULT_SIEVE");
    FILE *list = path ? fopen(path, "w") : NULL;
    if (list) return sieve(list, argc, argv, environment);
    start();
    return real_main(argc, argv, environment);
}

typedef int start_function(int (*)(int, char **, char **), int, char **, void (*)(void),
                           void (*)(void), void (*)(void), void *);

int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end) {
    void *next = dlsym(RTLD_NEXT, "__libc_start_main");
    start_function *real = NULL;
    memcpy(&real, &next, sizeof real);
    real_main = program;
    return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

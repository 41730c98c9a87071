/* Status codes and the text of the last error. */
#ifndef DIGRESS_STATUS_H
#define DIGRESS_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Every fallible call returns one of these; outputs are untouched unless it is DIGRESS_OK. A NULL
 * that is not allowed, or an index or enumerator out of range, gives INPUT; a call without a status
 * then returns 0 or NULL. */
typedef enum digress_status {
    DIGRESS_OK = 0,
    DIGRESS_ERROR_INTERNAL, /* a bug, or a library that misbehaved */
    DIGRESS_ERROR_MEMORY,   /* an allocation failed, or a size overflowed */
    DIGRESS_ERROR_NUMERIC,  /* a NaN or an infinity where a number was needed */
    DIGRESS_ERROR_INPUT,    /* a file, option or argument that cannot be used */
    DIGRESS_ERROR_IO,       /* the operating system refused to read or write */
    DIGRESS_INTERRUPTED     /* stopped by a signal or by a callback, after saving */
} digress_status;

/* What a long call asks from time to time, in whatever it is: a status other than OK
 * (DIGRESS_INTERRUPTED, say) ends it, and it returns that status. Any thread of the call may ask,
 * one at a time. Once it has said no it goes on saying so. `ask` NULL: nothing is asked. */
typedef struct digress_watch {
    digress_status (*ask)(void *context);
    void *context;
} digress_watch;

/* The text of this thread's last error: one line without a trailing newline that says what to do
 * about it. Never NULL. Owned by the library; valid until the thread's next failing call. */
const char *digress_last_error(void);

/* The library's version, "major.minor.patch". Static storage. */
const char *digress_version(void);

#ifdef __cplusplus
}
#endif

#endif

"""Writes the C source of digress._native from the public headers: make_module.py HEADERS OUT.c

The declarations are the headers' own, so that none can be forgotten or differ; the compiler checks
them a second time.
"""

import pathlib
import re
import sys

import cffi

# What only Python needs: the callbacks, and a watch that looks at a number.
DECLARATIONS = """
extern "Python" digress_status digress_python_step(void *, const digress_train_progress *);
extern "Python" digress_status digress_python_progress(void *, size_t, size_t);
digress_status digress_python_ask(void *context);
void free(void *memory);
"""

SOURCE = """
#include "digress/digress.h"
#include <stdlib.h>

/* Asked by threads that know nothing of Python: no lock is taken. */
static digress_status digress_python_ask(void *context) {
    return __atomic_load_n((int *)context, __ATOMIC_RELAXED) ? DIGRESS_INTERRUPTED : DIGRESS_OK;
}
"""


def declarations(text):
    """A header without comments, directives, C++ and inline functions."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"^#ifdef __cplusplus.*?^#endif", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^static inline .*?^}", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^#.*$", "", text, flags=re.MULTILINE)


def headers(folder, name, seen):
    """The header `name` behind those of the project that it includes, each once."""
    if name in seen:
        return
    seen.add(name)
    text = (folder / name).read_text(encoding="utf-8")
    for included in re.findall(r'^#include "(.+)"', text, flags=re.MULTILINE):
        yield from headers(folder, included, seen)
    yield text


def main(folder, out):
    builder = cffi.FFI()
    for text in headers(pathlib.Path(folder), "digress/digress.h", set()):
        builder.cdef(declarations(text))
    builder.cdef(DECLARATIONS)
    builder.set_source("digress._native", SOURCE)
    builder.emit_c_code(out)


if __name__ == "__main__":
    main(*sys.argv[1:])

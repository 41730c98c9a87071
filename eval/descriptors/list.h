/* The list of descriptors: what graphs are compared by.
 *
 * A new descriptor is a row here and a file beside it, which defines dg_NAME_descriptor
 * (descriptor.h). The tables, JSON, CSV, the training log and --help take their names from here. */
#ifndef DG_EVAL_DESCRIPTORS_LIST_H
#define DG_EVAL_DESCRIPTORS_LIST_H

/* ROW(number, name) for each descriptor, with BETWEEN between two rows. */
/* clang-format off */
#define DG_DESCRIPTOR_ROWS(ROW, BETWEEN)   \
    ROW(DG_DEGREE, degree)                 \
    BETWEEN ROW(DG_CLUSTERING, clustering) \
    BETWEEN ROW(DG_ORBIT, orbit)           \
    BETWEEN ROW(DG_SPECTRAL, spectral)     \
    BETWEEN ROW(DG_WAVELET, wavelet)
/* clang-format on */

#define DG_COMMA ,
#define DG_DESCRIPTOR_NUMBER(number, name) number
#define DG_DESCRIPTOR_TEXT(number, name) #name

enum dg_descriptor_id { DG_DESCRIPTOR_ROWS(DG_DESCRIPTOR_NUMBER, DG_COMMA), DG_DESCRIPTOR_COUNT };
enum { DG_ALL_DESCRIPTORS = (1 << DG_DESCRIPTOR_COUNT) - 1 };

#endif

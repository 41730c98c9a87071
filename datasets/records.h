/* The molecules of a text file, record by record: lines of SMILES, a column of a CSV, or the
 * records of an SDF; gzip-compressed or not. */
#ifndef DG_DATASETS_RECORDS_H
#define DG_DATASETS_RECORDS_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum dg_record_kind {
    DG_RECORDS_NONE,
    DG_RECORDS_SMILES, /* the first word of each line; empty lines and comments after # are skipped,
                          except "# 7: reason": sample 7 is not a molecule (chem/molecule_file.h) */
    DG_RECORDS_CSV,    /* fields between commas, semicolons or tabs, with a header line; "quoted" or
                          not,    over several lines if need be (RFC 4180) */
    DG_RECORDS_SDF     /* text up to each line "$$$$" */
} dg_record_kind;

/* By the file's name: .smi, .smiles, .csv, .tsv, .sdf, .mol, each with or without .gz; otherwise by
 * how it begins. A CSV that is an edge list does not count. */
dg_record_kind dg_record_kind_of(const char *path);
/* Whether it is such a file, or a folder in which most files are. */
bool dg_holds_molecules(const char *path);
/* Whether a path ends with `end`, in any case, or with `end` and .gz. */
bool dg_ends_with(const char *path, const char *end);
/* The parts that a split column names: of MOSES train, test and test_scaffolds. */
typedef enum dg_split_part_name {
    DG_SPLIT_TRAIN,
    DG_SPLIT_VAL,
    DG_SPLIT_TEST,
    DG_SPLIT_SCAFFOLDS,
    DG_SPLIT_PARTS
} dg_split_part_name;
/* "train", "training", "val", ... in any case; false if it is none of them. */
bool dg_split_part(const char *name, size_t *out);

/* "smiles", "csv", "sdf"; NONE if `name` is none of them. */
dg_record_kind dg_record_kind_parse(const char *name);

typedef struct dg_records dg_records;

typedef struct dg_csv_options {
    const char *column;       /* NULL: "smiles", in any case */
    const char *split_column; /* NULL: none */
    char delimiter;           /* 0: the one by which the header has the column */
    /* "logP,homo": columns, or properties of an SDF, that hold numbers; NULL: none. */
    const char *targets;
} dg_csv_options;

/* Lines end in LF or CR LF, or in CR if the beginning of the file has no LF. csv: NULL for the
 * defaults. Errors: IO; INPUT (an empty or binary file; no such column, listing the columns). */
digress_status dg_records_open(const char *path, dg_record_kind kind, const dg_csv_options *csv,
                               dg_records **out);
void dg_records_close(dg_records *records); /* NULL is allowed */

typedef struct dg_record {
    char *text;      /* NULL: longer than any molecule's, so not kept */
    char *name;      /* what follows a SMILES, or heads a MOL block; may be NULL */
    char *split;     /* the field of the split column, or NULL */
    double *targets; /* [those asked for] NAN: missing */
    size_t line;     /* where it begins, from 1 */
    bool is_invalid; /* it stands for a sample that is not a molecule, and the text says why */
} dg_record;
void dg_record_free(dg_record *record);

/* *more: whether there was one. Errors: IO (a damaged file), MEMORY. */
/* The caller frees the record, even after an error. */
digress_status dg_records_next(dg_records *records, dg_record *out, bool *more);

/* How far the file has been read, in bytes as it is on disk, and its size. */
void dg_records_progress(const dg_records *records, size_t *done, size_t *total);
/* The lines that held the records of SMILES or CSV so far: more than records if quoted fields span
 * several lines. */
size_t dg_records_lines(const dg_records *records);

#endif

/* The sets that samples are compared with: the training set, the validation set. */
#ifndef DG_CLI_SAMPLE_TRAIN_H
#define DG_CLI_SAMPLE_TRAIN_H

#include "datasets/molecules.h"
#include "sample/sampler.h"

/* Reads molecules in the form of the model's, including atoms that the model lacks. The caller
 * frees the set. Errors: INPUT (a model of other graphs), IO. */
digress_status dg_sample_molecules(const dg_model *model, const char *path, const dg_watch *watch,
                                   digress_graph_set **out);
/* Reads graphs, one part ("train", say) of a set folder, or molecules in the form of the model's.
 * Molecules with atoms that the model lacks are skipped, as no sample can equal them. The set is
 * over the model's classes; the caller frees it. Errors: INPUT (a class that the model lacks), IO.
 */
digress_status dg_sample_part(const dg_model *model, const char *path, const char *part,
                              const dg_watch *watch, digress_graph_set **out);
/* The training part of `path`; for NULL, of the set that the model's config names, which must not
 * lie in the folder `out`. */
digress_status dg_sample_train(const dg_model *model, const char *path, const char *out,
                               const dg_watch *watch, digress_graph_set **train);
/* Warns of the molecules of `path` that are left out of a comparison, with the reasons. */
void dg_tell_dropped(const char *path, const dg_import_report *report);

#endif

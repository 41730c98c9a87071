/* The keys of DiGress's own files that mean nothing here. */
#include "config/schema.h"

#include <string.h>

static const char *const ignored[] = {
    "defaults",
    "hydra",
    "general.wandb",
    "general.gpus",
    "general.resume",
    "general.test_only",
    "general.val_check_interval",
    "general.samples_to_save",
    "general.final_model_samples_to_generate",
    "general.final_model_samples_to_save",
    "general.final_model_chains_to_save",
    "general.evaluate_all_checkpoints",
    "general.remove_h",
    "general.cpus_per_gpu",
    "general.force_ray",
    "general.val_bs_multiplier",
    "train.save_model",
    "train.num_workers",
    "train.progress_bar",
    "dataset.name",
    "dataset.datadir",
    "dataset.remove_h",
    "dataset.random_subset",
    "dataset.pin_memory",
    "dataset.num_workers",
    "dataset.filter",
};

bool dg_key_is_ignored(const char *name) {
    for (size_t k = 0; k < sizeof ignored / sizeof *ignored; k++)
        if (strcmp(ignored[k], name) == 0) return true;
    return false;
}

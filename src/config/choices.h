/* What the keys that take a name choose among: for each an enumeration, and its names in a file,
 * which stand nowhere else. A new choice is one line in each of the two. */
#ifndef DG_CONFIG_CHOICES_H
#define DG_CONFIG_CHOICES_H

#include "math/engine.h"

typedef enum dg_model_kind { DG_MODEL_DISCRETE, DG_MODEL_CONTINUOUS } dg_model_kind;
#define DG_MODEL_NAMES                                                                             \
    { [DG_MODEL_DISCRETE] = "discrete", [DG_MODEL_CONTINUOUS] = "continuous" }

/* What the network predicts. */
typedef enum dg_task {
    DG_TASK_GENERATION, /* the clean graph */
    DG_TASK_REGRESSION  /* its targets */
} dg_task;
#define DG_TASK_NAMES                                                                              \
    { [DG_TASK_GENERATION] = "generation", [DG_TASK_REGRESSION] = "regression" }

/* m, the distribution that the noise ends in. */
typedef enum dg_transition_kind {
    DG_TRANSITION_MARGINAL, /* m = the classes' shares in the training set */
    DG_TRANSITION_UNIFORM,  /* m = 1 / d */
    DG_TRANSITION_ABSORBING /* m = one class */
} dg_transition_kind;
#define DG_TRANSITION_NAMES                                                                        \
    {                                                                                              \
        [DG_TRANSITION_MARGINAL] = "marginal", [DG_TRANSITION_UNIFORM] = "uniform",                \
        [DG_TRANSITION_ABSORBING] = "absorbing"                                                    \
    }

/* The architectures there are, in the order of the list in denoiser.c. */
typedef enum dg_denoiser_kind {
    DG_DENOISER_GRAPH_TRANSFORMER /* DiGress, appendix B.1 */
} dg_denoiser_kind;
#define DG_DENOISER_NAMES                                                                          \
    { [DG_DENOISER_GRAPH_TRANSFORMER] = "graph_tf" }

typedef enum dg_schedule_kind {
    DG_SCHEDULE_COSINE,
    DG_SCHEDULE_CUSTOM,       /* cosine with beta at least 1.2 / (0.8 * 50 * 49 / 2) */
    DG_SCHEDULE_POLYNOMIAL_2, /* alpha_bar = (1 - (t/T)^2)^2, beta clipped as for cosine */
    DG_SCHEDULE_LINEAR /* alpha_bar = 1 - t/T, beta clipped as for cosine; as in flow matching */
} dg_schedule_kind;
#define DG_SCHEDULE_NAMES                                                                          \
    {                                                                                              \
        [DG_SCHEDULE_COSINE] = "cosine", [DG_SCHEDULE_CUSTOM] = "custom",                          \
        [DG_SCHEDULE_POLYNOMIAL_2] = "polynomial_2", [DG_SCHEDULE_LINEAR] = "linear"               \
    }

/* Which rows of the table in features.c are used; those of molecules are chosen by another key. */
typedef enum dg_feature_kind {
    DG_FEATURES_NONE,
    DG_FEATURES_CYCLES,      /* n / max_n, numbers of cycles */
    DG_FEATURES_EIGENVALUES, /* also the number of components and 5 eigenvalues */
    DG_FEATURES_ALL, /* also whether a node is outside the largest component, and 2 eigenvectors */
    DG_FEATURES_RRWP /* n / max_n, numbers of cycles in the graph, random walks */
} dg_feature_kind;
#define DG_FEATURE_NAMES                                                                           \
    {                                                                                              \
        [DG_FEATURES_NONE] = "none", [DG_FEATURES_CYCLES] = "cycles",                              \
        [DG_FEATURES_EIGENVALUES] = "eigenvalues", [DG_FEATURES_ALL] = "all",                      \
        [DG_FEATURES_RRWP] = "rrwp"                                                                \
    }

/* How 5-cycles are counted. */
typedef enum dg_cycles_kind { DG_CYCLES_CORRECTED, DG_CYCLES_PUBLISHED } dg_cycles_kind;
#define DG_CYCLES_NAMES                                                                            \
    { [DG_CYCLES_CORRECTED] = "corrected", [DG_CYCLES_PUBLISHED] = "published" }

typedef enum dg_molecular_kind {
    DG_MOLECULAR_NONE,
    DG_MOLECULAR_CORRECTED, /* as they are meant */
    DG_MOLECULAR_PUBLISHED  /* as the published code computes them: with the index of a class in
                               place of its valence or bond order, and with rounded weights */
} dg_molecular_kind;
#define DG_MOLECULAR_NAMES                                                                         \
    {                                                                                              \
        [DG_MOLECULAR_NONE] = "none", [DG_MOLECULAR_CORRECTED] = "corrected",                      \
        [DG_MOLECULAR_PUBLISHED] = "published"                                                     \
    }

/* How X and E are pooled into y. */
typedef enum dg_pooling {
    DG_POOLING_FIXED, /* mean, min, max, variance: branch fixed_bug */
    DG_POOLING_MAIN   /* mean, min, max, unbiased standard deviation: branch main */
} dg_pooling;
#define DG_POOLING_NAMES                                                                           \
    { [DG_POOLING_FIXED] = "fixed", [DG_POOLING_MAIN] = "main" }

/* What the network reads of the time. */
typedef enum dg_time_input {
    DG_TIME_PLAIN,   /* t / T */
    DG_TIME_EMBEDDED /* u = 1 - t / T, and cosines and sines of multiples of u: DeFoG */
} dg_time_input;
#define DG_TIME_INPUT_NAMES                                                                        \
    { [DG_TIME_PLAIN] = "plain", [DG_TIME_EMBEDDED] = "embedded" }

/* What the network reads as the class of a node's pair with itself. */
typedef enum dg_diagonal {
    DG_DIAGONAL_ZEROS,  /* none */
    DG_DIAGONAL_NO_EDGE /* that of no edge: DeFoG */
} dg_diagonal;
#define DG_DIAGONAL_NAMES                                                                          \
    { [DG_DIAGONAL_ZEROS] = "zeros", [DG_DIAGONAL_NO_EDGE] = "no_edge" }

/* What the network of a continuous model predicts. */
typedef enum dg_prediction { DG_PREDICT_EPS, DG_PREDICT_X0, DG_PREDICT_V } dg_prediction;
#define DG_PREDICTION_NAMES                                                                        \
    { [DG_PREDICT_EPS] = "eps", [DG_PREDICT_X0] = "x0", [DG_PREDICT_V] = "v" }

/* How a reverse step is drawn. */
typedef enum dg_sampler_kind {
    DG_SAMPLER_POSTERIOR, /* z_s ~ sum over x of p(x | z_t) q(z_s | z_t, x): DiGress, algorithm 2 */
    DG_SAMPLER_RENOISE,   /* z_s ~ q(z_s | x), x ~ p(x | z_t): without z_t (SID, 2025) */
    DG_SAMPLER_FLOW       /* by the rates of a flow: diffusion/flow.h */
} dg_sampler_kind;
#define DG_SAMPLER_NAMES                                                                           \
    {                                                                                              \
        [DG_SAMPLER_POSTERIOR] = "posterior", [DG_SAMPLER_RENOISE] = "renoise",                    \
        [DG_SAMPLER_FLOW] = "flow"                                                                 \
    }

/* How the progress u in [0, 1] from noise to data is distorted, f(u) (Qin et al. 2025, DeFoG,
 * section 4.2): t = T (1 - f(u)). */
typedef enum dg_distortion {
    DG_DISTORTION_IDENTITY, /* u */
    DG_DISTORTION_POLYINC,  /* u^2: more steps near noise */
    DG_DISTORTION_POLYDEC,  /* 2 u - u^2: more steps near data */
    DG_DISTORTION_COS,      /* (1 - cos(pi u)) / 2: more at both ends */
    DG_DISTORTION_REVCOS    /* 2 u - (1 - cos(pi u)) / 2: more in the middle */
} dg_distortion;
#define DG_DISTORTION_NAMES                                                                        \
    {                                                                                              \
        [DG_DISTORTION_IDENTITY] = "identity", [DG_DISTORTION_POLYINC] = "polyinc",                \
        [DG_DISTORTION_POLYDEC] = "polydec", [DG_DISTORTION_COS] = "cos",                          \
        [DG_DISTORTION_REVCOS] = "revcos"                                                          \
    }

typedef enum dg_lr_kind { DG_LR_CONSTANT, DG_LR_COSINE } dg_lr_kind;
#define DG_LR_NAMES                                                                                \
    { [DG_LR_CONSTANT] = "constant", [DG_LR_COSINE] = "cosine" }

/* What the best checkpoint is chosen by. */
typedef enum dg_best_by { DG_BEST_BY_BOUND, DG_BEST_BY_SAMPLES } dg_best_by;
#define DG_BEST_BY_NAMES                                                                           \
    { [DG_BEST_BY_BOUND] = "bound", [DG_BEST_BY_SAMPLES] = "samples" }

typedef enum dg_optimizer_kind {
    DG_OPTIMIZER_ADAMW,
    DG_OPTIMIZER_MUON /* for the hidden matrices; AdamW for the rest */
} dg_optimizer_kind;
#define DG_OPTIMIZER_NAMES                                                                         \
    { [DG_OPTIMIZER_ADAMW] = "adamw", [DG_OPTIMIZER_MUON] = "muon" }

/* How the training times of the graphs of a batch are drawn: diffusion/time.h. */
typedef enum dg_times_kind { DG_TIMES_INDEPENDENT, DG_TIMES_SPREAD } dg_times_kind;
#define DG_TIMES_NAMES                                                                             \
    { [DG_TIMES_INDEPENDENT] = "independent", [DG_TIMES_SPREAD] = "spread" }

/* What multiplies matrices. */
typedef enum dg_backend_choice {
    DG_USE_FASTEST,
    DG_USE_NATIVE,
    DG_USE_ONEDNN,
    DG_USE_OPENBLAS /* an older name, which now means native */
} dg_backend_choice;
#define DG_USE_NAMES                                                                               \
    {                                                                                              \
        [DG_USE_FASTEST] = "auto", [DG_USE_NATIVE] = DG_BACKEND_NATIVE_NAME,                       \
        [DG_USE_ONEDNN] = DG_BACKEND_ONEDNN_NAME, [DG_USE_OPENBLAS] = "openblas"                   \
    }

/* Families of graphs that can be generated (datasets/generators.c). */
typedef enum dg_family {
    DG_FAMILY_NONE,
    DG_FAMILY_PLANAR,
    DG_FAMILY_SBM,
    DG_FAMILY_COMMUNITY,
    DG_FAMILY_TREE,
    DG_FAMILY_LOBSTER,
    DG_FAMILY_GRID,
    DG_FAMILY_ER,
    DG_FAMILY_MOLECULES
} dg_family;
#define DG_FAMILY_NAMES                                                                            \
    {                                                                                              \
        [DG_FAMILY_NONE] = "null", [DG_FAMILY_PLANAR] = "planar", [DG_FAMILY_SBM] = "sbm",         \
        [DG_FAMILY_COMMUNITY] = "community", [DG_FAMILY_TREE] = "tree",                            \
        [DG_FAMILY_LOBSTER] = "lobster", [DG_FAMILY_GRID] = "grid", [DG_FAMILY_ER] = "er",         \
        [DG_FAMILY_MOLECULES] = "molecules"                                                        \
    }

#endif

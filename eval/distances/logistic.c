#include "eval/distances/logistic.h"

#include "eval/distances/gram_kernels.h"
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 100, MOST_HALVINGS = 40 };
static const double GRADIENT_TOLERANCE =
    1e-6; /* of the largest entry of the gradient, divided by the number of rows */

/* The state of a fit. */
typedef struct fit {
    const dg_labelled_rows *data;
    const dg_gram_kernels *kernels;
    double *weights, *gradient, *step, *trial; /* [width] */
    double *residual, *direction, *curved;     /* [width], of the conjugate gradients */
    double *score, *trial_score, *curvature;   /* [rows]; curvature: p (1 - p) */
} fit;

static double sigmoid(double x) {
    return 1.0 / (1.0 + exp(-x));
}

/* log(1 + exp(x)) */
static double softplus(double x) {
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double penalty(size_t width, const double *weights) {
    double sum = 0.0;
    for (size_t c = 0; c + 1 < width; c++)
        sum += weights[c] * weights[c];
    return 0.5 * sum;
}

static void scores(const fit *f, const double *weights, double *score) {
    for (size_t i = 0; i < f->data->rows; i++)
        score[i] = f->kernels->dot(f->data->width, f->data->row[i], weights);
}

static double objective(const fit *f, const double *weights, const double *score) {
    double sum = penalty(f->data->width, weights);
    for (size_t i = 0; i < f->data->rows; i++)
        sum += softplus(f->data->label[i] ? -score[i] : score[i]);
    return sum;
}

/* Computes the gradient, and what the Hessian needs; returns the largest entry of the gradient. */
static double differentiate(const fit *f) {
    size_t width = f->data->width;
    memcpy(f->gradient, f->weights, width * sizeof *f->gradient);
    f->gradient[width - 1] = 0.0;
    for (size_t i = 0; i < f->data->rows; i++) {
        double p = sigmoid(f->score[i]);
        f->curvature[i] = p * (1.0 - p);
        f->kernels->add(width, p - (f->data->label[i] ? 1.0 : 0.0), f->data->row[i], f->gradient);
    }
    double largest = 0.0;
    for (size_t c = 0; c < width; c++)
        largest = fmax(largest, fabs(f->gradient[c]));
    return largest;
}

/* curved = Hessian direction */
static void curve(const fit *f) {
    size_t width = f->data->width;
    memcpy(f->curved, f->direction, width * sizeof *f->curved);
    f->curved[width - 1] = 0.0;
    for (size_t i = 0; i < f->data->rows; i++) {
        double along = f->kernels->dot(width, f->data->row[i], f->direction);
        f->kernels->add(width, f->curvature[i] * along, f->data->row[i], f->curved);
    }
}

/* step ~ -Hessian^-1 gradient, by conjugate gradients, until the residual is a tenth of the
 * gradient. */
static void find_step(const fit *f) {
    size_t width = f->data->width, bytes = width * sizeof *f->step;
    memset(f->step, 0, bytes);
    for (size_t c = 0; c < width; c++)
        f->direction[c] = f->residual[c] = -f->gradient[c];
    double square = f->kernels->dot(width, f->residual, f->residual), enough = 0.01 * square;
    for (size_t k = 0; k < width && square > enough; k++) {
        curve(f);
        double along = f->kernels->dot(width, f->direction, f->curved);
        if (!(along > 0.0)) return;
        double length = square / along;
        f->kernels->add(width, length, f->direction, f->step);
        f->kernels->add(width, -length, f->curved, f->residual);
        double next = f->kernels->dot(width, f->residual, f->residual);
        for (size_t c = 0; c < width; c++)
            f->direction[c] = f->residual[c] + next / square * f->direction[c];
        square = next;
    }
}

/* Takes the step, halving it until it lowers the objective; false if it never does. */
static bool take_step(fit *f, double *value) {
    size_t width = f->data->width;
    double slope = f->kernels->dot(width, f->gradient, f->step), length = 1.0;
    for (size_t k = 0; k < MOST_HALVINGS; k++, length *= 0.5) {
        memcpy(f->trial, f->weights, width * sizeof *f->trial);
        f->kernels->add(width, length, f->step, f->trial);
        scores(f, f->trial, f->trial_score);
        double trial = objective(f, f->trial, f->trial_score);
        if (trial > *value + 1e-4 * length * slope) continue;
        *value = trial;
        memcpy(f->weights, f->trial, width * sizeof *f->weights);
        memcpy(f->score, f->trial_score, f->data->rows * sizeof *f->score);
        return true;
    }
    return false;
}

static digress_status allocate_fit(dg_arena *arena, fit *f) {
    double **vectors[] = {&f->gradient, &f->step,      &f->trial,
                          &f->residual, &f->direction, &f->curved};
    double **columns[] = {&f->score, &f->trial_score, &f->curvature};
    for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++)
        DG_TRY(dg_arena_allocate(arena, f->data->width, sizeof(double), vectors[k]));
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        DG_TRY(dg_arena_allocate(arena, f->data->rows, sizeof(double), columns[k]));
    return DIGRESS_OK;
}

digress_status dg_logistic_fit(const dg_labelled_rows *data, dg_arena *arena, double *weights) {
    fit f = {.data = data, .kernels = DG_ISA_SELECT(dg_gram_kernels_table), .weights = weights};
    DG_TRY(allocate_fit(arena, &f));
    memset(weights, 0, data->width * sizeof *weights);
    memset(f.score, 0, data->rows * sizeof *f.score);
    double value = objective(&f, weights, f.score);
    for (size_t step = 0; step < MOST_STEPS; step++) {
        if (differentiate(&f) <= GRADIENT_TOLERANCE * (double)data->rows) break;
        find_step(&f);
        if (!take_step(&f, &value)) break;
    }
    return DIGRESS_OK;
}

double dg_logistic_predict(size_t width, const double *weights, const double *row) {
    return sigmoid(DG_ISA_SELECT(dg_gram_kernels_table)->dot(width, weights, row));
}

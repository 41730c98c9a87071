/* The parity test: our numbers compared with the reference's (tests/golden, or the folder in the
 * environment variable DIGRESS_GOLDEN). Each part runs its own cmocka group and returns the number
 * of failed tests. Dims, names, T and sizes are read from the golden files. */
#ifndef DG_TESTS_PARITY_H
#define DG_TESTS_PARITY_H

int parity_denoiser(void);
int parity_diffusion(void);
int parity_features(void);
int parity_flow(void);
int parity_gaussian(void);
int parity_layer(void);
int parity_optimizer(void);
int parity_rrwp(void);
int parity_time(void);

#endif

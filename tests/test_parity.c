/* Runs all parts of the parity test (parity.h). */
#include "parity.h"

int main(void) {
    int failures = 0;
    failures += parity_denoiser();
    failures += parity_diffusion();
    failures += parity_features();
    failures += parity_flow();
    failures += parity_gaussian();
    failures += parity_layer();
    failures += parity_optimizer();
    failures += parity_rrwp();
    failures += parity_time();
    return failures != 0;
}

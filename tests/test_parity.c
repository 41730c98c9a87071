#include "parity.h"

int main(void) {
    int failures = 0;
    failures += parity_diffusion();
    return failures != 0;
}

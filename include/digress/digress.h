/* digress: a discrete graph diffusion engine. The whole public interface. */
#ifndef DIGRESS_DIGRESS_H
#define DIGRESS_DIGRESS_H

#include "digress/draw.h"
#include "digress/eval.h"
#include "digress/graph.h"
#include "digress/metrics.h"
#include "digress/model.h"
#include "digress/molecules.h"
#include "digress/status.h"
#include "digress/steering.h"
#include "digress/train.h"

#endif

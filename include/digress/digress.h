/* digress: a discrete graph diffusion engine. All of the public interface. */
#ifndef DIGRESS_DIGRESS_H
#define DIGRESS_DIGRESS_H

#include "digress/eval.h"
#include "digress/graph.h"
#include "digress/model.h"
#include "digress/molecules.h"
#include "digress/status.h"
#include "digress/steering.h"
#include "digress/train.h"

#endif

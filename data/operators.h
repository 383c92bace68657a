// Every operator: what a pipeline can do with records.
#pragma once

#include <ramie/data/operators/any.h>
#include <ramie/data/operators/batch_mix.h>
#include <ramie/data/operators/beta.h>
#include <ramie/data/operators/check_finite.h>
#include <ramie/data/operators/composite.h>
#include <ramie/data/operators/element.h>
#include <ramie/data/operators/learnable.h>
#include <ramie/data/operators/map.h>
#include <ramie/data/operators/merge.h>
#include <ramie/data/operators/modality.h>
#include <ramie/data/operators/probabilistic.h>
#include <ramie/data/operators/records.h>
#include <ramie/data/operators/selector.h>
#include <ramie/data/operators/setting.h>

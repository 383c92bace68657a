// All sources: where records come from.
#pragma once

#include <ramie/data/mnist.h>
#include <ramie/data/source.h>
#include <ramie/data/sources/cifar.h>
#include <ramie/data/sources/compose.h>
#include <ramie/data/sources/csv.h>
#include <ramie/data/sources/drawn_digits_source.h>
#include <ramie/data/sources/image_folder.h>
#include <ramie/data/sources/mix.h>
#include <ramie/data/sources/mnist_relatives.h>
#include <ramie/data/sources/npy.h>
#include <ramie/data/sources/npz.h>
#include <ramie/data/sources/splits.h>
#include <ramie/data/sources/text_lines.h>

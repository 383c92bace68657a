// A header that breaks three rules on purpose, so that the tests of the rules can be seen to fail.
#include <ramie/nn/module.h>
#include "sideways.h"
using namespace std;

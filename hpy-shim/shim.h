// SPDX-License-Identifier: MIT OR Apache-2.0
/* What bindgen reads: hpy's public header, for the universal ABI. */
#define HPY_ABI_UNIVERSAL
#include "hpy.h"

/* Picks the header of the architecture that we are compiled for. */
#if defined(KRUN_FREEBSD)
#include "arch/freebsd.h"
#elif defined(__x86_64__)
#include "arch/x86_64.h"
#elif defined(__aarch64__)
#include "arch/aarch64.h"
#else
#error "krun-init knows x86_64 and aarch64"
#endif

/* The clock process: sets the guest's clock by what the host sends. */
#ifndef KRUN_CLOCK_H
#define KRUN_CLOCK_H

/*
 * Starts it, as a child that keeps `socket` and the standard error and
 * nothing else. Datagrams whose first 8 bytes are the host's time, in
 * nanoseconds since 1970 and little-endian, arrive on `socket`.
 */
void start_clock(int socket);

#endif
